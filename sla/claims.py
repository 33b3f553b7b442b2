"""The breaches of a month from JSON, and its credit lines to JSON."""

import re
from decimal import Decimal
from typing import Any

from sla.credits import Breach, Statement
from sla.credits import credits as credits_of
from sla.document import Node
from sla.errors import FactsError, Fault
from sla.terms import Description, Kpi

FIELDS = frozenset({"month", "monthly_fee", "recurring_paid", "breaches"})
BREACH = frozenset({"ticket", "kpi", "breached_at", "validated"})
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


def statement_from_json(document: object, description: Description) -> Statement:
    """Return the credits of a month from its JSON object (sla.md, Command line).

    Raises:
        FactsError: fields unknown, missing or unreadable, or what `credits` refuses.

    Source: CRD-1, CRD-2.

    """
    faults: list[Fault] = []
    fields = Node(document, "", faults).fields(FIELDS, frozenset())
    month = _month(fields["month"]) if "month" in fields else ""
    money = {
        name: fields[name].amount() or Decimal(0)
        for name in ("monthly_fee", "recurring_paid")
        if name in fields
    }
    breaches = (
        [_breach(item) for item in fields["breaches"].items()] if "breaches" in fields else []
    )
    if faults:
        raise FactsError(faults)
    return credits_of(month, [b for b in breaches if b], description, **money)


def statement_to_json(statement: Statement) -> dict[str, Any]:
    """Return a statement as a JSON object; money as text with two decimals. Source: BIL-4."""
    return {
        "lines": [
            {
                "ticket": line.ticket,
                "kpi": line.kpi,
                "percentage": str(line.percentage),
                "full": str(line.full),
                "amount": str(line.amount),
                "limited_by": line.limited_by,
                "clause": line.clause,
            }
            for line in statement.lines
        ],
        "total": str(statement.total),
    }


def _month(node: Node) -> str:
    if isinstance(node.value, str) and MONTH.fullmatch(node.value):
        return node.value
    node.fault("must be a month such as 2026-03")
    return ""


def _breach(node: Node) -> Breach | None:
    fields = node.fields(BREACH, frozenset())
    ticket = fields["ticket"].text() if "ticket" in fields else None
    kpi = fields["kpi"].choice(Kpi) if "kpi" in fields else None
    at = fields["breached_at"].instant() if "breached_at" in fields else None
    is_validated = fields["validated"].flag() if "validated" in fields else None
    if ticket is None or kpi is None or at is None or is_validated is None:
        return None
    return Breach(ticket, kpi, at, is_validated)

"""Reading the commercial half of a service description (CAT-1, CAT-2)."""

from typing import Any

from sla.catalogue import Catalogue, Inactivity, Kept, Party, Span
from sla.document import Node
from sla.implementation import read_steps
from sla.price_list import (
    MOST_CLAUSE,
    NONE,
    read_components,
    read_each,
    read_fees,
    read_subscriptions,
    read_words,
)

SECTIONS = frozenset(
    {
        "subscriptions",
        "components",
        "fees",
        "notice",
        "retention",
        "inactivity",
        "implementation",
        "training_window",
        "deletion_wait",
    }
)

OPTIONAL_SECTIONS = frozenset({"history_from"})


MOST_DAYS, MOST_MONTHS = 36_500, 1_200
"""A century: longer spans are slips, and dates after them do not exist."""


def read_catalogue(fields: dict[str, Node], whole: Node) -> Catalogue | None:
    """Return the catalogue of a document that has one; half of one is a fault.

    Args:
        fields: the sections that are present.
        whole: the document, for the faults of missing sections.

    Source: CAT-1, CAT-2.

    """
    if not fields:
        return None
    for name in sorted(SECTIONS - fields.keys()):
        Node(None, name, whole.faults).fault("missing")
    found = _read(fields)
    return None if whole.faults else Catalogue(**found)


def _read(fields: dict[str, Node]) -> dict[str, Any]:
    """Read what is there; what speaks of subscriptions or components is judged by theirs only."""
    found: dict[str, Any] = {"extras": (), "history_from": None}
    if "subscriptions" in fields:
        found["subscriptions"] = read_subscriptions(fields["subscriptions"])
    names = frozenset(found.get("subscriptions", ()))
    if names and "components" in fields:
        found["components"] = read_components(fields["components"], names)
    if found.get("components") and "fees" in fields:
        found["fees"] = read_fees(fields["fees"], names, found["components"])
    if names and "implementation" in fields:
        found["steps"], found["extras"] = read_steps(fields["implementation"], names)
    if "retention" in fields:
        found["retention"] = read_each(fields["retention"], _kept)
    for name in fields.keys() & READERS.keys():
        found[name] = READERS[name](fields[name])
    return found


def _span(node: Node, others: frozenset[str] = NONE) -> Span | None:
    fields = node.fields(NONE, frozenset({"days", "months"}) | others)
    units = fields.keys() - others
    if len(units) != 1:
        node.fault("must have either days or months")
        return None
    days = fields["days"].whole(MOST_DAYS) if "days" in fields else None
    months = fields["months"].whole(MOST_MONTHS) if "months" in fields else None
    return Span(days=days or 0, months=months or 0)


def _kept(node: Node) -> Kept | None:
    others = frozenset({"name", "clause"})
    span = _span(node, others)
    fields = node.value if isinstance(node.value, dict) else {}
    found = {n: Node(fields[n], f"{node.path}.{n}", node.faults) for n in others & fields.keys()}
    name = read_words(found["name"]) if "name" in found else {}
    clause = (found["clause"].text(MOST_CLAUSE) or "") if "clause" in found else ""
    if isinstance(node.value, dict) and "name" not in found:
        Node(None, f"{node.path}.name", node.faults).fault("missing")
    return Kept(days=span.days, months=span.months, name=name, clause=clause) if span else None


def _inactivity(node: Node) -> Inactivity | None:
    names = frozenset({"months", "warn_after_months", "is_charged"})
    fields = node.fields(names, NONE)
    months, warning = (
        fields[name].whole(MOST_MONTHS) if name in fields else None
        for name in ("months", "warn_after_months")
    )
    is_charged = fields["is_charged"].flag() if "is_charged" in fields else None
    if months and warning and warning >= months:
        fields["warn_after_months"].fault("must come before the deactivation")
    return Inactivity(months, warning, is_charged or False) if months and warning else None


def _notice(node: Node) -> dict[Party, Span]:
    fields = node.fields(frozenset(Party), NONE)
    spans = {Party(name): _span(entry) for name, entry in fields.items()}
    return {party: span for party, span in spans.items() if span}


READERS: dict[str, Any] = {
    "notice": _notice,
    "inactivity": _inactivity,
    "training_window": _span,
    "deletion_wait": _span,
    "history_from": Node.day,
}

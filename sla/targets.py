"""Reading the priorities and the KPI table of a service description (INC-3, SLA-4)."""

from collections.abc import Iterable

from sla.catalogue import Words
from sla.document import Node
from sla.price_list import LANGUAGES, read_words
from sla.terms import Credit, Kpi, Obligation, Priority, Target

KPI_FIELDS = frozenset({"kpi", "obligation", "priorities", "target_s", "clause"})


def read_kpis(node: Node) -> dict[tuple[Kpi, Priority], Target]:
    """Return the target of each KPI and priority; a pair named twice is a fault. Source: SLA-4."""
    found: dict[tuple[Kpi, Priority], Target] = {}
    for entry in node.items():
        for target in _targets(entry):
            if (target.kpi, target.priority) in found:
                entry.fault(f"a second target for {target.kpi} {target.priority}")
            found[(target.kpi, target.priority)] = target
    return found


def _targets(entry: Node) -> Iterable[Target]:
    fields = entry.fields(KPI_FIELDS, frozenset({"credit"}))
    if not fields.keys() >= KPI_FIELDS:
        return []
    kpi, obligation = fields["kpi"].choice(Kpi), fields["obligation"].choice(Obligation)
    priorities = [item.choice(Priority) for item in fields["priorities"].items()]
    target_s, clause = fields["target_s"].whole(), fields["clause"].text()
    credit = _credit(fields["credit"]) if "credit" in fields else None
    if credit and obligation is Obligation.SLO:
        fields["credit"].fault("an SLO gives no credit")
    if not (kpi and obligation and target_s and clause):
        return []
    return [Target(kpi, obligation, p, target_s, clause, credit) for p in priorities if p]


def _credit(node: Node) -> Credit | None:
    fields = node.fields(frozenset({"percentage", "monthly_cap"}), frozenset())
    values = {name: field.amount() for name, field in fields.items()}
    percentage, cap = values.get("percentage"), values.get("monthly_cap")
    return None if percentage is None or cap is None else Credit(percentage, cap)


def read_priorities(node: Node) -> tuple[dict[Priority, Words], dict[Priority, int]]:
    """Return the impact of each priority, and how often the customer hears of it. Source: INC-3."""
    impacts, updates = {}, {}
    for name, entry in node.fields(frozenset(), frozenset(Priority)).items():
        fields = entry.fields(frozenset({"impact"}), frozenset({"update_every_s"}))
        if "impact" in fields:
            impacts[Priority(name)] = _impact(fields["impact"])
        if "update_every_s" in fields:
            updates[Priority(name)] = fields["update_every_s"].whole() or 0
    return impacts, updates


def _impact(node: Node) -> Words:
    """Return the words of an impact; one text stands for every language."""
    if not isinstance(node.value, str):
        return read_words(node)
    return dict.fromkeys(LANGUAGES, node.text() or "")

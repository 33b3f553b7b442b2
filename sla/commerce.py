"""Reading the commercial half of a service description (CAT-1, CAT-2)."""

from sla.catalogue import Catalogue, Inactivity, Party, Span
from sla.document import Node
from sla.implementation import read_steps
from sla.price_list import NONE, read_components, read_each, read_fees, read_words

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


def read_catalogue(fields: dict[str, Node], whole: Node) -> Catalogue | None:
    """Return the catalogue of a document that has one; half of one is a fault.

    Args:
        fields: the sections that are present.
        whole: the document, for the faults of missing sections.

    Source: CAT-1, CAT-2.

    """
    if not fields:
        return None
    missing = sorted(SECTIONS - fields.keys())
    for name in missing:
        Node(None, name, whole.faults).fault("missing")
    return None if missing else _read(fields, whole)


def _read(fields: dict[str, Node], whole: Node) -> Catalogue | None:
    subscriptions = read_each(fields["subscriptions"], read_words)
    names = frozenset(subscriptions)
    components = read_components(fields["components"], names)
    fees = read_fees(fields["fees"], names, components)
    inactivity = _inactivity(fields["inactivity"])
    steps, extras = read_steps(fields["implementation"], names)
    notice = _notice(fields["notice"])
    training, deletion = _span(fields["training_window"]), _span(fields["deletion_wait"])
    retention = read_each(fields["retention"], _span)
    history = fields["history_from"].day() if "history_from" in fields else None
    if whole.faults or not (fees and inactivity and training and deletion):
        return None
    return Catalogue(
        subscriptions=subscriptions,
        components=components,
        fees=fees,
        notice=notice,
        retention=retention,
        inactivity=inactivity,
        steps=steps,
        extras=extras,
        training_window=training,
        deletion_wait=deletion,
        history_from=history,
    )


def _span(node: Node) -> Span | None:
    fields = node.fields(NONE, frozenset({"days", "months"}))
    if len(fields) != 1:
        node.fault("must have either days or months")
        return None
    return Span(**{unit: entry.whole() or 0 for unit, entry in fields.items()})


def _inactivity(node: Node) -> Inactivity | None:
    names = frozenset({"months", "warn_after_months", "is_charged"})
    fields = node.fields(names, NONE)
    if fields.keys() != names:
        return None
    months, warning = fields["months"].whole() or 0, fields["warn_after_months"].whole() or 0
    if warning >= months:
        fields["warn_after_months"].fault("must come before the deactivation")
    return Inactivity(months, warning, fields["is_charged"].flag() or False)


def _notice(node: Node) -> dict[Party, Span]:
    fields = node.fields(frozenset(Party), NONE)
    spans = {Party(name): _span(entry) for name, entry in fields.items()}
    return {party: span for party, span in spans.items() if span}

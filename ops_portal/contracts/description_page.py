"""What the page of one version of a service description shows, in the reader's words."""

from dataclasses import dataclass

from flask_babel import gettext as _

from ops_portal.contracts import description_words as words
from ops_portal.web import filters
from sla.catalogue import Availability, Catalogue
from sla.policy import Description, Priority

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one subscription makes of a component."""

    availability: Availability | None
    words: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One component of the matrix (CAT-2)."""

    name: str
    cells: list[Cell]
    clause: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the implementation (IMP-1)."""

    name: str
    who: str
    notes: list[str]


def page_of(found: Description) -> dict[str, object]:
    """Return what the template of a version shows.

    Source: CAT-1, CAT-2.
    """
    sold = found.catalogue
    return {
        "description": found,
        "titles": words.sections(),
        "window": _window(found),
        "targets": [(words.kpis()[target.kpi], target) for target in found.kpis.values()],
        "priorities": [(p, words.said(found.priorities.get(p, {}))) for p in Priority],
        "obligations": words.obligations(),
        "counted": words.counted,
    } | (_sold(sold) if sold else {})


def _window(found: Description) -> Pairs:
    days = zip(words.weekdays(), found.week, strict=True)
    return [
        *((name, words.hours(spans)) for name, spans in days),
        (_("Time zone"), found.zone.key),
        (_("Public holidays"), words.country(found)),
        (_("A resolution that is reopened"), words.reopen(found)),
        *((name, words.closure(first, last)) for first, last, name in found.closures),
    ]


def _sold(sold: Catalogue) -> dict[str, object]:
    return {
        "subscriptions": [words.said(name) for name in sold.subscriptions.values()],
        "matrix": matrix_of(sold),
        "recurring": _recurring(sold),
        "optional": _optional(sold),
        "once": _once(sold),
        "payment": [
            (_("VAT"), words.percent(sold.fees.vat_percentage)),
            (
                _("To be paid within"),
                _("%(days)s days after the invoice", days=sold.fees.payment_days),
            ),
        ],
        "steps": _steps(sold),
        "extras": [words.said(extra.name) for extra in sold.extras],
        "training": words.span(sold.training_window),
        "notice": [(words.parties()[p], words.span(length)) for p, length in sold.notice.items()],
        "deletion": words.span(sold.deletion_wait),
        "inactivity": _inactivity(sold),
        "retention": [
            (words.said(k.name), words.span(k), k.clause) for k in sold.retention.values()
        ],
        "history_from": sold.history_from,
    }


def matrix_of(sold: Catalogue) -> list[MatrixRow]:
    """Return the components with what each subscription makes of them. Source: CAT-2."""
    return [
        MatrixRow(
            words.said(component.name),
            [
                Cell(found, words.availability(found))
                for found in (component.subscriptions.get(name) for name in sold.subscriptions)
            ],
            component.clause,
        )
        for component in sold.components.values()
    ]


def _recurring(sold: Catalogue) -> list[tuple[str, str, str]]:
    currency = sold.fees.currency
    return [
        (
            words.said(sold.subscriptions[key]),
            words.price(fee.access_owner, currency),
            words.price(fee.customer_id, currency),
        )
        for key, fee in sold.fees.recurring.items()
    ]


def _optional(sold: Catalogue) -> Pairs:
    fees = sold.fees
    return [
        (words.said(sold.components[key].name), words.price(amount, fees.currency))
        for key, amount in fees.options.items()
    ]


def _once(sold: Catalogue) -> Pairs:
    """Return what is invoiced once, afterwards. Source: BIL-1, CNS-1."""
    found = sold.fees.one_off.values()
    return [(words.said(fee.name), words.price(fee.price, sold.fees.currency)) for fee in found]


def _steps(sold: Catalogue) -> list[StepRow]:
    rows = []
    for step in sold.steps:
        who = ", ".join(words.said(sold.subscriptions[name]) for name in step.subscriptions)
        notes = [_("activates the service")] if step.activates else []
        notes += [_("only after the activation")] if step.needs_activation else []
        rows.append(StepRow(words.said(step.name), who, notes))
    return rows


def _inactivity(sold: Catalogue) -> Pairs:
    unused = sold.inactivity
    is_charged = words.yes_or_no(value=unused.is_charged)
    return [
        (_("Months without use until deactivation"), filters.number(unused.months)),
        (
            _("Months until the account manager hears of it"),
            filters.number(unused.warn_after_months),
        ),
        (_("Charged while deactivated"), is_charged),
    ]

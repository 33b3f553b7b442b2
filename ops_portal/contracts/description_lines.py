"""A service description line by line, in words: what the comparison of two versions reads."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from ops_portal.contracts import description_words as words
from ops_portal.web import filters
from ops_portal.web.languages import NAMES
from sla.catalogue import Catalogue, Words
from sla.policy import Description, Target

Path = tuple[str, ...]
"""The way to a thing in words, such as `("Raw data", "Option, a month")`."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a version says; two versions are compared by its key."""

    key: str
    """Where it stands, the same in every version: `fees/recurring/<subscription>/access_owner`."""
    label: str | Path
    value: str

    @property
    def section(self) -> str:
        """The section it belongs to."""
        return self.key.partition("/")[0]


def lines_of(found: Description) -> list[Line]:
    """Return everything a version says, by section.

    Source: CAT-1.
    """
    lines = [*_general(found), *_window(found), *_levels(found)]
    sold = found.catalogue
    if sold is not None:
        lines += [*_components(sold), *_fees(sold), *_options(sold), *_implementation(sold)]
        lines += [*_ending(sold), *_retention(sold)]
    return lines


def _path(*parts: str | Path) -> Path:
    return tuple(word for part in parts for word in ((part,) if isinstance(part, str) else part))


def _named(key: str, label: str | Path, names: Words) -> Iterator[Line]:
    """Yield a name in each language; the label says which where it is not the reader's."""
    for language, text in sorted(names.items()):
        yield Line(f"{key}/{language}", _path(label, NAMES.get(language, language)), text)


def _general(found: Description) -> Iterator[Line]:
    yield Line("general/name", _("Name"), found.name)
    yield Line("general/version", _("Version"), found.version)
    yield Line("general/from", _("Effective from"), filters.day(found.effective_from))
    if found.catalogue and found.catalogue.history_from:
        first = filters.day(found.catalogue.history_from)
        yield Line("general/history", _("Data from"), first)
    for section, clause in sorted(found.clauses.items()):
        name = words.sections().get(section, section)
        yield Line(f"general/clause/{section}", _path(_("Clause"), name), clause)


def _window(found: Description) -> Iterator[Line]:
    for name, spans in zip(words.weekdays(), found.week, strict=True):
        yield Line(f"support_window/{name}", name, words.hours(spans))
    yield Line("support_window/zone", _("Time zone"), found.zone.key)
    yield Line("support_window/holidays", _("Public holidays"), words.country(found))
    yield Line("support_window/reopen", _("A resolution that is reopened"), words.reopen(found))
    for first, last, name in found.closures:
        key = f"support_window/closure/{first}/{last}/{name}"
        yield Line(key, _path(_("Closure"), name), words.closure(first, last))


def _levels(found: Description) -> Iterator[Line]:
    for priority, impact in found.priorities.items():
        yield from _named(f"priorities/{priority}", _path(priority, _("Impact")), impact)
    for priority, seconds in found.update_every_s.items():
        label = _path(priority, _("Word of progress every"))
        yield Line(f"priorities/{priority}/every", label, words.counted(seconds))
    for target in found.kpis.values():
        yield from _target(target)


def _target(target: Target) -> Iterator[Line]:
    key = f"kpis/{target.kpi}/{target.priority}"
    label = _path(words.kpis()[target.kpi], target.priority)
    credit = target.credit
    yield Line(key, _path(label, _("Target")), words.counted(target.target_s))
    obligation = words.obligations()[target.obligation]
    yield Line(f"{key}/obligation", _path(label, _("Obligation")), obligation)
    yield Line(f"{key}/clause", _path(label, _("Clause")), target.clause)
    if credit:
        credited, cap = words.percent(credit.percentage), words.percent(credit.monthly_cap)
        yield Line(f"{key}/credit", _path(label, _("Credit")), credited)
        yield Line(f"{key}/cap", _path(label, _("At most a month")), cap)


def _components(sold: Catalogue) -> Iterator[Line]:
    for key, names in sold.subscriptions.items():
        yield from _named(f"components/subscription/{key}", _("Subscription"), names)
    for key, component in sold.components.items():
        name = words.said(component.name)
        yield from _named(f"components/{key}/name", name, component.name)
        yield Line(f"components/{key}/clause", _path(name, _("Clause")), component.clause)
        for subscription, label in sold.subscriptions.items():
            found = words.availability(component.subscriptions.get(subscription))
            yield Line(f"components/{key}/in/{subscription}", _path(name, words.said(label)), found)


def _fees(sold: Catalogue) -> Iterator[Line]:
    fees = sold.fees
    for key, fee in fees.recurring.items():
        name = words.said(sold.subscriptions[key])
        owner = words.price(fee.access_owner, fees.currency)
        account = words.price(fee.customer_id, fees.currency)
        yield Line(f"fees/{key}/owner", _path(name, _("An Access Owner, a month")), owner)
        yield Line(f"fees/{key}/account", _path(name, _("A Customer ID, a month")), account)
    yield Line("fees/vat", _("VAT"), words.percent(fees.vat_percentage))
    payment = _("%(days)s days after the invoice", days=fees.payment_days)
    yield Line("fees/days", _("To be paid within"), payment)


def _options(sold: Catalogue) -> Iterator[Line]:
    fees = sold.fees
    for key, amount in fees.options.items():
        name = words.said(sold.components[key].name)
        label = _path(name, _("Option, a month"))
        yield Line(f"fees/option/{key}", label, words.price(amount, fees.currency))
    for key, once in fees.one_off.items():
        name = words.said(once.name)
        yield Line(
            f"fees/once/{key}", _path(name, _("Once")), words.price(once.price, fees.currency)
        )
        belongs = words.said(sold.components[once.component].name)
        yield Line(f"fees/once/{key}/of", _path(name, _("Belongs to")), belongs)
        yield from _named(f"fees/once/{key}/name", name, once.name)


def _implementation(sold: Catalogue) -> Iterator[Line]:
    order = " → ".join(words.said(step.name) for step in sold.steps)
    yield Line("implementation/order", _("Order of the steps"), order)
    for step in sold.steps:
        name, key = words.said(step.name), f"implementation/step/{step.key}"
        yield from _named(key, _path(_("Step"), name), step.name)
        who = [words.said(sold.subscriptions[s]) for s in step.subscriptions]
        yield Line(f"{key}/for", _path(name, _("Subscriptions")), ", ".join(who) or _("all"))
        activates = words.yes_or_no(value=step.activates)
        waits = words.yes_or_no(value=step.needs_activation)
        yield Line(f"{key}/activates", _path(name, _("Activates the service")), activates)
        yield Line(f"{key}/after", _path(name, _("Only after the activation")), waits)
    for extra in sold.extras:
        name = words.said(extra.name)
        yield from _named(
            f"implementation/extra/{extra.key}", _path(_("Left out"), name), extra.name
        )
    yield Line("implementation/training", _("Basic training can be requested for"),
               words.span(sold.training_window))  # fmt: skip


def _ending(sold: Catalogue) -> Iterator[Line]:
    for party, length in sold.notice.items():
        yield Line(f"notice/{party}", words.parties()[party], words.span(length))
    yield Line("notice/deletion", _("Data are deleted after"), words.span(sold.deletion_wait))
    unused = sold.inactivity
    months = filters.number(unused.months)
    yield Line("inactivity/months", _("Months without use until deactivation"), months)
    warning = filters.number(unused.warn_after_months)
    yield Line("inactivity/warning", _("Months until the account manager hears of it"), warning)
    charged = words.yes_or_no(value=unused.is_charged)
    yield Line("inactivity/charged", _("Charged while deactivated"), charged)


def _retention(sold: Catalogue) -> Iterator[Line]:
    for key, found in sold.retention.items():
        name = words.said(found.name)
        yield Line(f"retention/{key}", name, words.span(found))
        yield Line(f"retention/{key}/clause", _path(name, _("Clause")), found.clause)
        yield from _named(f"retention/{key}/name", name, found.name)

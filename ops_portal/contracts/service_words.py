"""The words of a service's life: states, the timeline, the calculation of an end."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from ops_portal.contracts.life import LifeEvent, ServiceEvent
from ops_portal.contracts.termination import End
from ops_portal.web.filters import day, moment
from ops_portal.web.languages import chosen_language
from ops_portal.web.receipts import Receipt, ReceiptLine
from sla.catalogue import Availability, Catalogue, Party, Span

STATES: dict[str, str] = {
    "implementing": "coming",
    "active": "met",
    "notice": "attention",
    "off": "paused",
    "ended": "none",
}
"""What a service can be, with the kind of its badge."""


def state_word(state: str) -> str:
    """Return how a service stands, in a word."""
    return {
        "implementing": _("being implemented"),
        "active": _("active"),
        "notice": _("notice running"),
        "off": _("switched off"),
        "ended": _("ended"),
    }[state]


def subscription_word(sold: Catalogue | None, subscription: str) -> str:
    """Return the name of a subscription in the reader's language."""
    found = sold.subscriptions.get(subscription) if sold else None
    return found[chosen_language()] if found else subscription


def component_word(sold: Catalogue | None, key: str) -> str:
    """Return the name of a component in the reader's language."""
    found = sold.components.get(key) if sold else None
    return found.name[chosen_language()] if found else key


def component_words(sold: Catalogue | None, keys: list[str]) -> str:
    """Return the names of components, one after the other."""
    return ", ".join(component_word(sold, key) for key in keys)


def availability_word(found: Availability | None, *, is_ordered: bool) -> tuple[str, str]:
    """Return what a contract makes of a component: the kind of the badge, and the word (CAT-2)."""
    if found is Availability.INCLUDED:
        return "met", _("included")
    if found is Availability.OPTION:
        return ("met", _("ordered")) if is_ordered else ("coming", _("can be ordered"))
    return "none", _("not in this subscription")


def span_words(span: Span) -> str:
    """Return a length of time in words."""
    if span.months:
        return ngettext("%(num)d calendar month", "%(num)d calendar months", span.months)
    return ngettext("%(num)d calendar day", "%(num)d calendar days", span.days)


def end_receipt(end: End) -> Receipt:
    """Return how the end of a notice is counted (CON-2)."""
    side = _("Notice period of the customer")
    if end.party is Party.PROVIDER:
        side = _("Notice period of the provider")
    return Receipt(
        title=_("How the last day is counted"),
        lines=(
            ReceiptLine(_("Notice received"), value=day(end.received_on)),
            ReceiptLine(
                side,
                _("the day of receipt does not count; the same day number, or the month's last day")
                if end.span.months
                else _("the day of receipt does not count"),
                span_words(end.span),
            ),
        ),
        total_label=_("Last day of the service"),
        total=day(end.ends_on),
        rules=("CON-2", "§7.1.2"),
    )


def event_words(event: ServiceEvent, sold: Catalogue | None) -> tuple[str, str]:
    """Return what happened to a service: a heading, and a sentence that may be empty."""
    words = WORDS.get(LifeEvent(event.kind)) if event.kind in set(LifeEvent) else None
    return words(event.params, sold) if words else (event.kind, "")


def _ordered(params: dict[str, Any], sold: Catalogue | None) -> tuple[str, str]:
    what = [subscription_word(sold, params.get("subscription", ""))]
    what += [component_word(sold, key) for key in params.get("options", [])]
    return _("Ordered"), ", ".join(filter(None, [params.get("order", ""), *what]))


def _superseded(params: dict[str, Any], sold: Catalogue | None) -> tuple[str, str]:
    changes = []
    before, after = params.get("subscription_before", ""), params.get("subscription", "")
    if before != after:
        changes.append(
            _(
                "%(before)s becomes %(after)s",
                before=subscription_word(sold, before),
                after=subscription_word(sold, after),
            )
        )
    if params.get("added"):
        changes.append(_("added: %(what)s", what=component_words(sold, params["added"])))
    if params.get("removed"):
        changes.append(_("left out: %(what)s", what=component_words(sold, params["removed"])))
    return (
        _("%(new)s takes the place of %(old)s", new=params["successor"], old=params["contract"]),
        "; ".join(changes),
    )


def _step_done(params: dict[str, Any], sold: Catalogue | None) -> tuple[str, str]:
    key = params.get("step", "")
    steps = {step.key: step.name for step in sold.steps} if sold else {}
    return _("Step of the implementation done"), steps.get(key, {}).get(chosen_language(), key)


def _given(params: dict[str, Any], _sold: Catalogue | None) -> tuple[str, str]:
    text = _(
        "received on %(received)s; the last day is %(last)s",
        received=day(date.fromisoformat(params["received_on"])),
        last=day(date.fromisoformat(params["ends_on"])),
    )
    if params["party"] == Party.CUSTOMER:
        return _("The customer gave notice"), text
    return _("The provider gave notice"), text


def _off(params: dict[str, Any], _sold: Catalogue | None) -> tuple[str, str]:
    since = moment(datetime.fromisoformat(params["last_used_at"]))
    return _("Switched off: nobody used it"), _("unused since %(moment)s", moment=since)


def _ended(params: dict[str, Any], _sold: Catalogue | None) -> tuple[str, str]:
    last = day(date.fromisoformat(params["ends_on"]))
    return _("The service ended"), _("its last day was %(day)s", day=last)


Say = Callable[[dict[str, Any], Catalogue | None], tuple[str, str]]

WORDS: dict[LifeEvent, Say] = {
    LifeEvent.ORDERED: _ordered,
    LifeEvent.STEP_DONE: _step_done,
    LifeEvent.ACTIVATED: lambda _p, _s: (_("Activated"), _("the fee runs and the levels apply")),
    LifeEvent.CREDENTIALS_RECEIVED: lambda _p, _s: (_("Credentials received"), ""),
    LifeEvent.SUPERSEDED: _superseded,
    LifeEvent.ACCOUNTS_CHANGED: lambda _p, _s: (_("Accounts changed"), ""),
    LifeEvent.NOTICE_GIVEN: _given,
    LifeEvent.NOTICE_WITHDRAWN: lambda _p, _s: (_("Notice withdrawn"), ""),
    LifeEvent.DEACTIVATED: _off,
    LifeEvent.REACTIVATED: lambda _p, _s: (_("Switched on again"), ""),
    LifeEvent.ENDED: _ended,
    LifeEvent.EXPORTED: lambda _p, _s: (_("Exported"), ""),
}

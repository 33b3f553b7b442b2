"""The words of orders."""

from datetime import date

from flask_babel import lazy_gettext as _l

from ops_portal.core.errors import PortalError
from ops_portal.orders.completeness import Gap
from ops_portal.orders.models import Order, OrderKind
from ops_portal.orders.queries import OFFERED, standing
from ops_portal.web.filters import day
from ops_portal.web.forms import translated
from sla.catalogue import Catalogue

KINDS = {
    OrderKind.NEW: _l("New service"),
    OrderKind.CHANGE: _l("Change of a service"),
}
STANDINGS = {
    "draft": ("none", _l("Draft")),
    OFFERED: ("paused", _l("Waits for the signature")),
    "signed": ("met", _l("Signed")),
    "cancelled": ("closed", _l("Cancelled")),
}
FIELDS = {
    "subscription": _l("Subscription"),
    "options": _l("Options"),
    "extras": _l("Beyond the usual implementation"),
    "takes_effect_on": _l("First day of the change"),
    "access_owner_name": _l("Name of the Access Owner"),
    "access_owner_email": _l("E-mail address of the Access Owner"),
    "access_owner_phone": _l("Telephone of the Access Owner"),
    "access_owner_language": _l("Language of the Access Owner"),
    "accounts": _l("Accounts"),
    "has_portal_account": _l("Active portal account"),
    "needs_credentials": _l("Credentials"),
    "language": _l("Language of the order form"),
    "note": _l("Remark"),
}


def state_of(order: Order) -> tuple[str, str]:
    """Return the kind of the badge and the word."""
    kind, word = STANDINGS[standing(order)]
    return kind, str(word)


def gap_sentence(gap: Gap) -> str:
    """Return what is missing in the reader's language."""
    params = dict(gap.params)
    if "day" in params:
        params["day"] = day(date.fromisoformat(str(params["day"])))
    return translated(gap.sentence, PortalError(params=params))


def subscription_word(catalogue: Catalogue, key: str, language: str) -> str:
    """Return the name of a subscription."""
    words = catalogue.subscriptions.get(key)
    return words[language] if words else ""


def component_words(catalogue: Catalogue, keys: list[str], language: str) -> list[str]:
    """Return the names of components and of what goes beyond the usual implementation."""
    names = {key: c.name for key, c in catalogue.components.items()}
    names |= {extra.key: extra.name for extra in catalogue.extras}
    return [names[key][language] for key in keys if key in names]

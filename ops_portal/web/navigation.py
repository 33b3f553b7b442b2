"""The menu as data: who sees which word, and where it leads."""

from dataclasses import dataclass

from flask import Flask, g, request, url_for
from flask_babel import lazy_gettext as _l

from ops_portal.core.clock import now
from ops_portal.core.permissions import Permission
from ops_portal.web.languages import LANGUAGES, NAMES, chosen_language
from ops_portal.web.pages import has_page

THEMES = ("light", "dark", "auto")
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Item:
    """One word of the menu."""

    endpoint: str
    label: str
    icon: str
    permission: Permission
    key: str = ""
    """The letter after `g` that goes there."""
    covers: tuple[str, ...] = ()
    """Beginnings of endpoints that belong under this word besides its own."""


@dataclass(frozen=True, slots=True)
class Word:
    """An item of the menu as the reader sees it."""

    label: str
    icon: str
    url: str
    key: str
    current: str
    """What `aria-current` says: "page", "true" for a page below it, or nothing."""


PROVIDER = (
    Item("tickets.desk", _l("Desk"), "inbox", Permission.DESK_READ, "d"),
    Item("accounts.customers", _l("Customers"), "buildings", Permission.CUSTOMERS_READ, "c"),
    Item(
        "portfolio.index",
        _l("Contracts"),
        "file-earmark-check",
        Permission.CONTRACTS_READ,
        "k",
        covers=("contracts.service", "contracts.implementation", "contracts.give_service"),
    ),
    Item("orders.index", _l("Orders"), "file-earmark-text", Permission.ORDERS_READ, "r"),
    Item(
        "billing.index",
        _l("Billing"),
        "receipt",
        Permission.BILLING_READ,
        "b",
        covers=("billing.",),
    ),
    Item(
        "records.deletions",
        _l("Ended services"),
        "archive",
        Permission.DELETIONS_REQUEST,
        "e",
        covers=("records.ending", "records.certificate"),
    ),
    Item("maintenance.works", _l("Works"), "cone-striped", Permission.WORKS_READ, "w"),
    Item(
        "contracts.terms",
        _l("Terms"),
        "calendar3",
        Permission.CONTRACTS_READ,
        "t",
        covers=("contracts.", "tickets.calendar"),
    ),
    Item("accounts.staff", _l("Staff"), "person-badge", Permission.STAFF_MANAGE, "s"),
    Item("imports.index", _l("Imports"), "box-arrow-in-down", Permission.IMPORTS_RUN, "i"),
    Item(
        "operations.index",
        _l("Operations"),
        "sliders",
        Permission.JOBS_READ,
        "o",
        covers=("operations.",),
    ),
)
CUSTOMER = (
    Item("care.home", _l("Home"), "house", Permission.CARE_HOME, "h"),
    Item(
        "care.tickets",
        _l("Incidents"),
        "life-preserver",
        Permission.CARE_TICKETS_READ,
        "i",
        covers=("care.report",),
    ),
    Item(
        "contracts.own",
        _l("Contract"),
        "file-earmark-check",
        Permission.CARE_CONTRACT_READ,
        "k",
        covers=("contracts.own", "records.own_exports"),
    ),
    Item("orders.own_orders", _l("Orders"), "pen", Permission.CARE_ORDERS_SIGN, "o"),
    Item("care.invoices", _l("Invoices"), "receipt", Permission.CARE_BILLING_READ, "f"),
    Item("accounts.members", _l("People"), "people", Permission.MEMBERS_READ, "p"),
)


def menu() -> list[Word]:
    """Return the words the reader may use."""
    actor = g.get("actor")
    if actor is None:
        return []
    items = PROVIDER if actor.is_staff else CUSTOMER
    shown = [i for i in items if actor.can(i.permission) and has_page(i.endpoint)]
    here = max(shown, key=_nearness, default=None)
    return [
        Word(i.label, i.icon, url_for(i.endpoint), i.key, _current(i) if i is here else "")
        for i in shown
    ]


def _nearness(item: Item) -> int:
    """Tell how near a word is to the page: `/care/incidents` lies below `/care` too."""
    url = url_for(item.endpoint)
    endpoint = request.endpoint or ""
    if endpoint == item.endpoint or endpoint.startswith(item.covers or ("-",)):
        return len(request.path) + 1
    is_below = url != "/" and request.path.startswith(f"{url.rstrip('/')}/")
    return len(url) if is_below else 0


def _current(item: Item) -> str:
    if request.endpoint == item.endpoint:
        return "page"
    return "true" if _nearness(item) else ""


def here() -> str:
    """Return the address to come back to after a switch of language or colours."""
    rule = request.url_rule
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return request.path if rule and "GET" in (rule.methods or ()) else ""


def search_url() -> str:
    """Return where the search on top leads; nothing for those who have no such list."""
    actor = g.get("actor")
    is_allowed = actor is not None and actor.can(Permission.DESK_READ)
    return url_for("tickets.desk") if is_allowed and has_page("tickets.desk") else ""


def find_url() -> str:
    """Return where the palette looks for tickets: at the desk, or among the organisation's own."""
    actor = g.get("actor")
    is_allowed = actor is not None and actor.can(Permission.CARE_TICKETS_READ)
    own = url_for("care.tickets") if is_allowed and has_page("care.tickets") else ""
    return search_url() or own


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def install(app: Flask) -> None:
    """Give every template what surrounds the page."""

    @app.context_processor
    def _frame() -> dict[str, object]:
        words: dict[str, object] = {
            "config_portal": app.extensions["portal.config"],
            "language": chosen_language(),
            "languages": [(code, NAMES[code]) for code in LANGUAGES],
        }
        return words | (_surroundings() if request else {})


def _surroundings() -> dict[str, object]:
    theme = request.cookies.get(THEME_COOKIE)
    return {
        "actor": g.get("actor"),
        "menu": menu(),
        "here": here(),
        "now": g.get("started_at") or now(),
        "search_url": search_url(),
        "find_url": find_url(),
        "theme": theme if theme in THEMES else "auto",
        "is_fragment": is_fragment(),
    }

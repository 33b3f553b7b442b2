"""The menu as data: who sees which word, and where it leads."""

from dataclasses import dataclass

from flask import Flask, current_app, g, request
from flask_babel import lazy_gettext as _l

from ops_portal.core.permissions import Permission
from ops_portal.web.languages import LANGUAGES, NAMES, chosen_language


@dataclass(frozen=True, slots=True)
class Item:
    """One word of the menu."""

    endpoint: str
    label: str
    icon: str
    permission: Permission
    key: str = ""
    """The letter after `g` that goes there."""


PROVIDER = (
    Item("tickets.desk", _l("Desk"), "inbox", Permission.DESK_READ, "d"),
    Item("accounts.customers", _l("Customers"), "buildings", Permission.CUSTOMERS_READ, "c"),
    Item("imports.index", _l("Imports"), "box-arrow-in-down", Permission.IMPORTS_RUN, "i"),
    Item("home.operations", _l("Operations"), "sliders", Permission.JOBS_READ, "o"),
)
CUSTOMER = (
    Item("care.home", _l("Home"), "house", Permission.CARE_HOME, "h"),
    Item("care.tickets", _l("Incidents"), "life-preserver", Permission.CARE_TICKETS_READ, "i"),
    Item("accounts.members", _l("People"), "people", Permission.MEMBERS_READ, "p"),
)


def menu() -> list[Item]:
    """Return the words the reader may use."""
    actor = g.get("actor")
    if actor is None:
        return []
    items = PROVIDER if actor.is_staff else CUSTOMER
    return [
        i for i in items if actor.can(i.permission) and i.endpoint in current_app.view_functions
    ]


def install(app: Flask) -> None:
    """Give every template what surrounds the page."""

    @app.context_processor
    def _frame() -> dict[str, object]:
        return {
            "actor": g.get("actor"),
            "menu": menu(),
            "config_portal": app.extensions["portal.config"],
            "language": chosen_language(),
            "languages": [(code, NAMES[code]) for code in LANGUAGES],
            "theme": request.cookies.get("theme", "auto") if request else "auto",
            "is_fragment": bool(request.headers.get("HX-Request")) if request else False,
        }

"""The features of the portal, lowest first: the one list that assembly reads."""

from flask import Blueprint

from ops_portal.accounts import views as accounts
from ops_portal.home import api as home_api
from ops_portal.home import views as home
from ops_portal.tickets import api as tickets_api
from ops_portal.tickets import phone_views
from ops_portal.tickets import views as desk_views

PAGES = (accounts, home, home_api, tickets_api, desk_views, phone_views)
"""Modules with routes; several may share a blueprint."""


def blueprints() -> list[Blueprint]:
    """Return every feature's blueprint, each once."""
    return list(dict.fromkeys(module.blueprint for module in PAGES))

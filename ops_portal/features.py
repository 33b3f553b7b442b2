"""The features of the portal, lowest first: the one list that assembly reads."""

from flask import Blueprint

from ops_portal.accounts import views as accounts
from ops_portal.home import api as home_api
from ops_portal.home import views as home
from ops_portal.tickets import api as tickets_api


def blueprints() -> list[Blueprint]:
    """Return every feature's blueprint."""
    return [accounts.blueprint, home.blueprint, home_api.blueprint, tickets_api.blueprint]

"""Where people are managed: the same pages at three places, each with its own permissions.

A customer's representatives manage their own people, operators the provider's staff, and whoever
manages customers the people of each customer.
"""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from ops_portal.accounts import people_queries, queries
from ops_portal.accounts.models import Customer
from ops_portal.core.permissions import Permission
from ops_portal.web.guard import current_actor


@dataclass(frozen=True, slots=True)
class Place:
    """Where people are managed, and who may."""

    name: str
    path: str
    title: str
    reading: Permission
    managing: Permission

    def organisation(self, where: dict[str, int]) -> Customer:
        """Return the organisation of this place, or refuse."""
        actor = current_actor()
        if "customer_id" in where:
            return people_queries.customer_page_for(actor, where["customer_id"])
        return queries.customer_for(actor, actor.customer_id)

    def url(self, what: str, customer: Customer, **values: int) -> str:
        """Return the address of one of the pages."""
        where = {"customer_id": customer.id} if "<" in self.path else {}
        found: dict[str, Any] = {**where, **values}
        return url_for(f"accounts.{self.name}{what}", **found)

    def is_managed(self) -> bool:
        """Whether the reader may change people here."""
        return current_actor().can(self.managing)


P = Permission
OWN = Place("members", "/people", _l("People"), P.MEMBERS_READ, P.MEMBERS_MANAGE)
STAFF = Place("staff", "/staff", _l("Staff"), P.STAFF_MANAGE, P.STAFF_MANAGE)
CUSTOMER = Place(
    "customer_people",
    "/customers/<int:customer_id>/people",
    _l("People"),
    P.CUSTOMERS_READ,
    P.CUSTOMERS_MANAGE,
)

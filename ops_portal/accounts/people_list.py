"""The people of an organisation as a list: its columns, its filters, its rows."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from ops_portal.accounts import people_queries
from ops_portal.accounts.member_operations import roles_in
from ops_portal.accounts.models import Customer
from ops_portal.accounts.people_queries import Member, Wanted
from ops_portal.accounts.places import Place
from ops_portal.accounts.words import ROLES, role_word
from ops_portal.core.paging import Page, every_row
from ops_portal.web.listing import Choice, Column, Listing

ORDERS = {
    "name": _l("Name"),
    "-name": _l("Name, last first"),
    "email": _l("E-mail address"),
    "-email": _l("E-mail address, last first"),
}


def people_list(place: Place, customer: Customer) -> Listing:
    """Return the list as the reader asked for it."""
    roles = [(role.value, ROLES[role]) for role in roles_in(customer)]
    return Listing(
        name=place.name.replace("_", "-"),
        label=place.title,
        columns=_columns(place, customer),
        choices=(Choice("role", _l("Role"), roles),),
        orders=ORDERS,
        search_label=_l("Name or address"),
        empty_text=_l("Nobody belongs to this organisation yet. The people you invite are here."),
        empty_url=place.url("_invite", customer) if place.is_managed() else "",
        empty_label=_l("Invite somebody"),
    )


def page_of(people: Listing, customer_id: int) -> Page:
    """Return the page of people that was asked for."""
    return people_queries.members_of(
        customer_id, _wanted(people, after=people.after, before=people.before)
    )


def all_of(people: Listing, customer_id: int) -> Iterator[Any]:
    """Return everybody the list would show; by id, as an export is read after the request."""

    def page_after(after: str) -> Page:
        return people_queries.members_of(customer_id, _wanted(people, after=after))

    return every_row(page_after)


def _columns(place: Place, customer: Customer) -> Sequence[Column]:
    def url(member: Member) -> str:
        return place.url("_person", customer, user_id=member.user.id)

    leads = url if place.is_managed() else None
    return (
        Column("name", _l("Name"), lambda m: m.user.name, order="name", url=leads),
        Column("email", _l("E-mail address"), lambda m: m.user.email, order="email"),
        Column("roles", _l("Roles"), lambda m: ", ".join(role_word(r) for r in m.roles)),
        Column("since", _l("Since"), lambda m: m.since, kind="moment"),
        Column("seen", _l("Last sign-in"), lambda m: m.user.last_login_at, kind="moment"),
    )


def _wanted(people: Listing, *, after: str, before: str = "") -> Wanted:
    return Wanted(
        search=people.q,
        role=people.one("role") or "",
        order=people.order,
        after=after,
        before=before,
    )

"""Who belongs to an organisation: the same pages at three places, each with its own permission.

A customer's representatives manage their own people, operators the provider's staff, and whoever
manages customers the people of each customer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from ops_portal.accounts import (
    invitation_operations,
    member_operations,
    people_queries,
    queries,
)
from ops_portal.accounts.blueprint import blueprint
from ops_portal.accounts.forms import InvitationForm, RolesForm
from ops_portal.accounts.models import Customer
from ops_portal.accounts.people_queries import Member, Wanted
from ops_portal.accounts.words import ROLES, role_word
from ops_portal.core.clock import now
from ops_portal.core.errors import LimitedError, RefusedError
from ops_portal.core.paging import Page as Rows
from ops_portal.core.paging import every_row
from ops_portal.core.permissions import Permission, Role
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.listing import Choice, Column, Listing

Page = Response | tuple[str, int]


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


OWN = Place("members", "/people", _l("People"), Permission.MEMBERS_READ, Permission.MEMBERS_MANAGE)
STAFF = Place("staff", "/staff", _l("Staff"), Permission.STAFF_MANAGE, Permission.STAFF_MANAGE)
CUSTOMER = Place(
    "customer_people",
    "/customers/<int:customer_id>/people",
    _l("People"),
    Permission.CUSTOMERS_READ,
    Permission.CUSTOMERS_MANAGE,
)


def show_people(place: Place, **where: int) -> Page:
    """Show who belongs to the organisation and who is invited."""
    customer = place.organisation(where)
    people = _listing(place, customer)
    if people.wants_export:
        return people.export(_all_members(people, customer.id))
    people.show(people_queries.members_of(customer.id, _wanted(people)))
    invitations = people_queries.open_invitations_of(customer.id)
    return render_template(
        "accounts/people.html",
        place=place,
        customer=customer,
        people=people,
        invitations=invitations,
        roles=ROLES,
        now=now(),
        can_manage=current_actor().can(place.managing),
    ), 200


def invite(place: Place, **where: int) -> Page:
    """Invite somebody."""
    customer = place.organisation(where)
    form = InvitationForm()
    form.offer(member_operations.roles_in(customer))
    status = 200
    if form.validate_on_submit():
        email = form.email.data or ""
        try:
            invitation_operations.invite(
                current_actor(),
                customer,
                email,
                Role(form.roles.data),
                name=form.name.data or "",
                now=now(),
            )
            flash(_("The invitation goes to %(email)s.", email=email), "done")
            return redirect(place.url("", customer), 303)
        except (RefusedError, LimitedError) as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    return render_template(
        "accounts/invite.html", place=place, customer=customer, form=form
    ), status


def person(place: Place, user_id: int, **where: int) -> Page:
    """Show a person and change the roles."""
    customer = place.organisation(where)
    member = people_queries.member_for(customer, user_id)
    form = RolesForm(roles=list(member.roles))
    form.offer(member_operations.roles_in(customer))
    status = 200
    if form.validate_on_submit():
        try:
            chosen = frozenset(Role(role) for role in form.roles.data or [])
            member_operations.change_roles(current_actor(), customer, member, chosen, now=now())
            flash(_("The roles of %(name)s hold at once.", name=member.user.name), "done")
            return redirect(place.url("", customer), 303)
        except RefusedError as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    return _person_page(place, customer, member, form), status


def end(place: Place, user_id: int, **where: int) -> Page:
    """End a membership."""
    customer = place.organisation(where)
    member = people_queries.member_for(customer, user_id)
    name = member.user.name
    try:
        member_operations.end_membership(current_actor(), customer, member, now=now())
    except RefusedError as error:
        form = RolesForm(formdata=None, roles=list(member.roles))
        form.offer(member_operations.roles_in(customer))
        status = show_refusal(form, error)
        return _person_page(place, customer, member, form), status
    flash(_("%(name)s has no access any more.", name=name), "done")
    is_self = user_id == current_actor().user_id
    return redirect(url_for("home.index") if is_self else place.url("", customer), 303)


def resend(place: Place, invitation_id: int, **where: int) -> Response:
    """Send an invitation again."""
    customer = place.organisation(where)
    invitation = people_queries.invitation_for(customer, invitation_id)
    invitation_operations.resend(current_actor(), invitation, now=now())
    flash(_("The invitation goes to %(email)s again.", email=invitation.email), "done")
    return redirect(place.url("", customer), 303)


def revoke(place: Place, invitation_id: int, **where: int) -> Response:
    """Make an invitation worthless."""
    customer = place.organisation(where)
    invitation = people_queries.invitation_for(customer, invitation_id)
    invitation_operations.revoke(current_actor(), invitation, now=now())
    flash(_("The invitation of %(email)s does not work any more.", email=invitation.email), "done")
    return redirect(place.url("", customer), 303)


def _person_page(place: Place, customer: Customer, member: Member, form: RolesForm) -> str:
    return render_template(
        "accounts/person.html", place=place, customer=customer, member=member, form=form
    )


def _listing(place: Place, customer: Customer) -> Listing:
    def url(member: Member) -> str:
        return place.url("_person", customer, user_id=member.user.id)

    is_manager = current_actor().can(place.managing)
    return Listing(
        name=place.name.replace("_", "-"),
        label=place.title,
        columns=(
            Column(
                "name",
                _l("Name"),
                lambda m: m.user.name,
                order="name",
                url=url if is_manager else None,
            ),
            Column("email", _l("E-mail address"), lambda m: m.user.email, order="email"),
            Column("roles", _l("Roles"), lambda m: ", ".join(role_word(r) for r in m.roles)),
            Column("since", _l("Since"), lambda m: m.since, kind="moment"),
            Column("seen", _l("Last sign-in"), lambda m: m.user.last_login_at, kind="moment"),
        ),
        choices=(
            Choice(
                "role",
                _l("Role"),
                [(r.value, ROLES[r]) for r in member_operations.roles_in(customer)],
            ),
        ),
        orders={
            "name": _l("Name"),
            "-name": _l("Name, last first"),
            "email": _l("E-mail address"),
            "-email": _l("E-mail address, last first"),
        },
        search_label=_l("Name or address"),
        empty_text=_l("Nobody belongs to this organisation yet. The people you invite are here."),
        empty_url=place.url("_invite", customer) if is_manager else "",
        empty_label=_l("Invite somebody"),
    )


def _wanted(people: Listing, after: str | None = None) -> Wanted:
    return Wanted(
        search=people.q,
        role=people.one("role") or "",
        order=people.order,
        after=people.after if after is None else after,
        before=people.before if after is None else "",
    )


def _all_members(people: Listing, customer_id: int) -> Iterator[Any]:
    # the id and not the row: an export is read after the request has ended
    def page_after(after: str) -> Rows:
        return people_queries.members_of(customer_id, _wanted(people, after))

    return every_row(page_after)


PAGES = (
    ("", "", "GET", show_people, False),
    ("_invite", "/invite", "GET POST", invite, True),
    ("_person", "/<int:user_id>", "GET POST", person, True),
    ("_end", "/<int:user_id>/end", "POST", end, True),
    ("_resend", "/invitations/<int:invitation_id>/resend", "POST", resend, True),
    ("_revoke", "/invitations/<int:invitation_id>/revoke", "POST", revoke, True),
)


def _at(place: Place, view: Callable[..., Page]) -> Callable[..., Page]:
    @wraps(view)
    def placed(**where: int) -> Page:
        return view(place, **where)

    return placed


for _place in (OWN, STAFF, CUSTOMER):
    for _what, _path, _methods, _view, _is_change in PAGES:
        blueprint.add_url_rule(
            _place.path + _path,
            endpoint=_place.name + _what,
            view_func=requires(_place.managing if _is_change else _place.reading)(
                _at(_place, _view)
            ),
            methods=_methods.split(),
        )

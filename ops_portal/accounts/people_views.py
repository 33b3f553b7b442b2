"""The pages of who belongs to an organisation, registered at each of the places."""

from collections.abc import Callable
from functools import wraps

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.accounts import (
    invitation_operations,
    member_operations,
    people_queries,
)
from ops_portal.accounts.blueprint import blueprint
from ops_portal.accounts.forms import InvitationForm, RolesForm
from ops_portal.accounts.models import Customer
from ops_portal.accounts.people_list import all_of, page_of, people_list
from ops_portal.accounts.people_queries import Member
from ops_portal.accounts.places import CUSTOMER, OWN, STAFF, Place
from ops_portal.accounts.words import ROLES
from ops_portal.core.clock import now
from ops_portal.core.errors import LimitedError, RefusedError
from ops_portal.core.permissions import Role
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires

Page = Response | tuple[str, int]


def show_people(place: Place, **where: int) -> Page:
    """Show who belongs to the organisation and who is invited."""
    customer = place.organisation(where)
    people = people_list(place, customer)
    if people.wants_export:
        return people.export(all_of(people, customer.id))
    people.show(page_of(people, customer.id))
    invitations = people_queries.open_invitations_of(customer.id)
    return render_template(
        "accounts/people.html",
        place=place,
        customer=customer,
        people=people,
        invitations=invitations,
        roles=ROLES,
        now=now(),
        can_manage=place.is_managed(),
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

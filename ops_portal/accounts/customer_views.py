"""The provider's list of customers, and adding one."""

from collections.abc import Iterator
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from ops_portal.accounts import customer_operations, people_queries
from ops_portal.accounts.blueprint import blueprint
from ops_portal.accounts.customer_operations import CustomerFacts
from ops_portal.accounts.forms import CustomerForm
from ops_portal.accounts.models import Customer
from ops_portal.accounts.people_queries import Wanted
from ops_portal.core.clock import now
from ops_portal.core.errors import RefusedError
from ops_portal.core.paging import Page as Rows
from ops_portal.core.paging import every_row
from ops_portal.core.permissions import Permission
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.languages import NAMES
from ops_portal.web.listing import Choice, Column, Listing
from ops_portal.web.pages import has_page

Page = Response | tuple[str, int]


@blueprint.get("/customers")
@requires(Permission.CUSTOMERS_READ)
def customers() -> Page:
    """List the customers."""
    found = _listing()
    if found.wants_export:
        return found.export(_all_customers(found))
    found.show(people_queries.customers(_wanted(found)))
    return render_template("accounts/customers.html", customers=found), 200


@blueprint.route("/customers/new", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_MANAGE)
def add_customer() -> Page:
    """Add a customer; inviting its first representative is the next step."""
    form = CustomerForm()
    status = 200
    if form.validate_on_submit():
        try:
            added = customer_operations.register_customer(current_actor(), _facts(form), now=now())
            flash(_("%(name)s is added. Invite its first representative.", name=added.name), "done")
            return redirect(url_for("accounts.customer_people_invite", customer_id=added.id), 303)
        except RefusedError as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    return render_template("accounts/customer_form.html", form=form, customer=None), status


@blueprint.route("/customers/<int:customer_id>/edit", methods=["GET", "POST"])
@requires(Permission.CUSTOMERS_MANAGE)
def edit_customer(customer_id: int) -> Page:
    """Change what is known of a customer."""
    customer = people_queries.customer_page_for(current_actor(), customer_id)
    form = CustomerForm(obj=customer)
    status = 200
    if form.validate_on_submit():
        try:
            customer_operations.change_customer(current_actor(), customer, _facts(form), now=now())
            flash(_("The changes are kept."), "done")
            return redirect(customer_url(customer), 303)
        except RefusedError as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    return render_template("accounts/customer_form.html", form=form, customer=customer), status


def customer_url(customer: Customer) -> str:
    """Return the address of a customer's page; of its people where no feature shows more."""
    if has_page("customers.page"):
        return url_for("customers.page", customer_id=customer.id)
    return url_for("accounts.customer_people", customer_id=customer.id)


def _facts(form: CustomerForm) -> CustomerFacts:
    return CustomerFacts(
        code=form.code.data or "",
        name=form.name.data or "",
        language=form.language.data,
        phone=form.phone.data or "",
    )


def _listing() -> Listing:
    can_add = current_actor().can(Permission.CUSTOMERS_MANAGE)
    return Listing(
        name="customers",
        label=_l("Customers"),
        columns=(
            Column("name", _l("Name"), lambda c: c.name, order="name", url=customer_url),
            Column("number", _l("Customer number"), lambda c: c.code, order="code"),
            Column("language", _l("Language"), lambda c: NAMES[c.language]),
            Column("phone", _l("Telephone"), lambda c: c.phone),
            Column(
                "added",
                _l("Added"),
                lambda c: c.created_at,
                order="-added",
                kind="moment",
                is_falling=True,
            ),
        ),
        choices=(Choice("language", _l("Language"), list(NAMES.items())),),
        orders={
            "name": _l("Name"),
            "-name": _l("Name, last first"),
            "code": _l("Customer number"),
            "-added": _l("Newest first"),
        },
        search_label=_l("Name or number"),
        empty_text=_l("No customers yet. They are here once one is added."),
        empty_url=url_for("accounts.add_customer") if can_add else "",
        empty_label=_l("Add a customer"),
    )


def _wanted(found: Listing, after: str | None = None) -> Wanted:
    return Wanted(
        search=found.q,
        language=found.one("language") or "",
        order=found.order,
        after=found.after if after is None else after,
        before=found.before if after is None else "",
    )


def _all_customers(found: Listing) -> Iterator[Any]:
    def page_after(after: str) -> Rows:
        return people_queries.customers(_wanted(found, after))

    return every_row(page_after)

"""The API of contracts: `/api/v1/contracts`; the same operations and answers as the pages.

A customer's token sees the own contracts and gives or withdraws the own notice; the provider's sees
all and records the notices of either side. A contract is named by the number of its service.
"""

from datetime import date
from typing import Any

from apiflask import APIBlueprint
from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.contracts import api_shapes as shapes
from ops_portal.contracts import termination
from ops_portal.contracts.api_out import contract_out, contract_page, end_out, notice_out
from ops_portal.contracts.models import Service
from ops_portal.contracts.service_page import picture_of
from ops_portal.contracts.service_queries import Run, run_of, service_for
from ops_portal.contracts.termination import Notice
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.paging import Order, is_key, keyset, whole
from ops_portal.core.permissions import Permission
from ops_portal.web.api import page_body
from ops_portal.web.guard import current_actor, requires
from sla.catalogue import Party

blueprint = APIBlueprint("api_contracts", __name__, url_prefix="/api/v1", tag="Contracts")

READ = (Permission.CONTRACTS_READ, Permission.CARE_CONTRACT_READ)
END = (Permission.CONTRACTS_MANAGE, Permission.CARE_CONTRACT_END)
NEWEST = Order((Service.id,), is_descending=True, parsers=(whole,))


@blueprint.get("/contracts")
@requires(*READ)
@blueprint.input(shapes.ContractsQuery, location="query", arg_name="query")
@blueprint.output(shapes.ContractsOut)
def list_contracts(query: shapes.ContractsQuery) -> dict[str, Any]:
    """List contracts by service, newest first, page by page."""
    actor, at_now = current_actor(), now()
    if query.after and not is_key(NEWEST, query.after):
        message = "Take the address of the next page from `next`."
        raise RefusedError(message, fields={"after": message})
    asked = select(Service)
    if not actor.is_staff:
        asked = asked.where(Service.customer_id == actor.customer_id)
    if query.customer is not None:
        code = select(Customer.id).where(Customer.code == query.customer)
        asked = asked.where(Service.customer_id.in_(code))
    page = keyset(asked, NEWEST, after=query.after, size=query.limit)
    items = [contract_out(run_of(row[0]), at_now) for row in page.rows]
    return page_body(items, page.after, query.limit)


@blueprint.get("/contracts/<contract_reference>")
@requires(*READ)
@blueprint.output(shapes.ContractPage)
def show_contract(contract_reference: str) -> dict[str, Any]:
    """Return a contract with its components, periods, accounts and notices."""
    at_now = now()
    run = _run(current_actor(), contract_reference)
    return contract_page(picture_of(run, now=at_now), at_now)


@blueprint.get("/contracts/<contract_reference>/end")
@requires(*READ)
@blueprint.input(shapes.EndQuery, location="query", arg_name="query")
@blueprint.output(shapes.EndOut)
def show_end(contract_reference: str, query: shapes.EndQuery) -> dict[str, Any]:
    """Return where a notice would lead; nothing is recorded (CON-2)."""
    run, at_now = _run(current_actor(), contract_reference), now()
    today = at_now.astimezone(run.description.zone).date()
    notice = Notice(Party(query.party), query.received_on or today)
    termination.check_notice(run, notice, now=at_now)
    return end_out(termination.end_of_notice(run, notice.party, notice.received_on))


@blueprint.post("/contracts/<contract_reference>/notices")
@requires(*END)
@blueprint.input(shapes.NewNotice, arg_name="new")
@blueprint.output(shapes.NoticeOut, status_code=201)
def give_notice(contract_reference: str, new: shapes.NewNotice) -> dict[str, Any]:
    """Give notice, or record the one of either side (CON-2)."""
    actor, at_now = current_actor(), now()
    run = _run(actor, contract_reference, is_locked=True)
    notice = _notice(actor, new, at_now.astimezone(run.description.zone).date())
    return notice_out(termination.give_notice(actor, run, notice, now=at_now))


@blueprint.post("/contracts/<contract_reference>/notices/withdrawal")
@requires(*END)
@blueprint.input(shapes.Withdrawal, arg_name="new")
@blueprint.output(shapes.NoticeOut, status_code=201)
def withdraw_notice(contract_reference: str, new: shapes.Withdrawal) -> dict[str, Any]:
    """Withdraw the running notice before the end (CON-2)."""
    actor = current_actor()
    run = _run(actor, contract_reference, is_locked=True)
    return notice_out(termination.withdraw_notice(actor, run, new.reason, now=now()))


def _notice(actor: Actor, new: shapes.NewNotice, today: date) -> Notice:
    """Return the notice meant; a customer gives its own, received today."""
    if actor.is_staff:
        if new.party is None:
            message = "Say whose notice it is."
            raise RefusedError(message, fields={"party": message})
        party, received_on = Party(new.party), new.received_on or today
    else:
        party, received_on = Party.CUSTOMER, today
        fields = {"party": new.party not in {None, "customer"}}
        fields["received_on"] = new.received_on not in {None, today}
        message = "A customer gives its own notice, received today."
        wrong = {name: message for name, is_wrong in fields.items() if is_wrong}
        if wrong:
            raise RefusedError(message, rule="CON-2", fields=wrong)
    return Notice(party, received_on, new.reason, shown_end=new.ends_on)


def _run(actor: Actor, reference: str, *, is_locked: bool = False) -> Run:
    """Return the service of this number that the actor may see.

    Raises:
        NotFoundError: there is none.
        RefusedError: several customers have a service of this number.

    """
    query = select(Service.id).where(Service.reference == reference)
    if not actor.is_staff:
        query = query.where(Service.customer_id == actor.customer_id)
    found = db.session.scalars(query.limit(2)).all()
    if not found:
        raise NotFoundError
    if len(found) > 1:
        message = "Several customers have a service of this number: use the pages."
        raise RefusedError(message)
    return service_for(actor, found[0], is_locked=is_locked)

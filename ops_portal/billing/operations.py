"""Closing months: starting, stopping and resuming; details for invoices."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from ops_portal.accounts.models import Customer
from ops_portal.billing.details import ENDPOINT, KEPT, NEEDED
from ops_portal.billing.models import BillingDetails
from ops_portal.billing.months import Month
from ops_portal.billing.run_models import InvoiceRun, RunState
from ops_portal.billing.run_queries import (
    first_activation,
    is_over,
    lock_run,
    next_month,
    run_of,
    runs,
    today,
)
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.check_digits import (
    is_endpoint,
    is_enterprise_number,
    is_vat_number,
    plain,
)
from ops_portal.core.db import db
from ops_portal.core.errors import N_, NotFoundError, RefusedError, StaleError

JOB = "billing.close"
CHECKS = {
    "enterprise_number": (
        is_enterprise_number,
        N_("This is no enterprise number: ten digits, the last two check the others."),
    ),
    "vat_number": (
        is_vat_number,
        N_("This is no VAT number: a Belgian one is BE and the enterprise number."),
    ),
    "endpoint": (
        is_endpoint,
        N_("This is no Peppol address: the scheme, a colon, the number, such as 0208:0100000070."),
    ),
}


def start_closing(actor: Actor, month: Month, *, now: datetime) -> InvoiceRun:
    """Begin to close a month, or return the run that does or did; the work is a job.

    Raises:
        RefusedError: the month is not over, an earlier one is still open, or nothing is active.

    Source: BIL-2 (in arrears); people-and-pages, Habits: long work.

    """
    _one_at_a_time()
    known = run_of(month)
    if known is not None:
        return known
    _check_turn(month, now)
    run = InvoiceRun(
        month=str(month),
        issued_on=today(now),
        started_by=actor.user_id,
        started_by_name=actor.name,
        created_at=now,
        moved_at=now,
    )
    db.session.add(run)
    db.session.flush()
    _audit(actor, run, "billing.close", now)
    _put_job(actor, run, now)
    return run


def stop_closing(actor: Actor, month: Month, *, now: datetime) -> InvoiceRun:
    """Stop a run: at once while nobody is at it, else after the chunk that is being written.

    What was invoiced stays; the run can be resumed.

    Raises:
        RefusedError: it has ended.

    """
    run = _locked(month)
    if not run.is_unfinished:
        message = N_("This month is not being closed just now.")
        raise RefusedError(message)
    if run.state == RunState.RUNNING and not run.is_stalled(now):
        run.stop_asked_at = now
    else:
        run.state, run.ended_at = RunState.STOPPED, now
    _audit(actor, run, "billing.stop", now)
    return run


def resume_closing(actor: Actor, month: Month, *, now: datetime) -> InvoiceRun:
    """Take a run up: where it was stopped, or once more over the services that waited.

    Raises:
        RefusedError: it is running or done, or another month is being closed.

    """
    _one_at_a_time()
    run = _locked(month)
    if not run.is_resumable(now):
        message = N_("Nothing of this month waits to be invoiced.")
        raise RefusedError(message)
    busy = next((r for r in runs() if r.id != run.id and r.is_unfinished), None)
    if busy is not None:
        message = N_("{month} is being closed just now: wait until it has ended.")
        raise RefusedError(message, params={"month": busy.month})
    if run.state == RunState.INCOMPLETE:
        run.is_second_pass, run.cursor = True, 0
    run.state, run.attempt, run.moved_at = RunState.WAITING, run.attempt + 1, now
    run.stop_asked_at = run.ended_at = None
    run.issued_on, run.error = today(now), ""
    _audit(actor, run, "billing.resume", now)
    _put_job(actor, run, now)
    return run


def save_details(
    actor: Actor, customer: Customer, values: Mapping[str, str], *, based_on: int, now: datetime
) -> BillingDetails:
    """Write down to whom the invoices of a customer are made out.

    Args:
        actor: who writes.
        customer: whose.
        values: the details by key (`details.KEPT`).
        based_on: the version that was edited; 0 where there are none yet.
        now: the instant.

    Raises:
        RefusedError: something is missing, or a number does not hold by its check digits.
        StaleError: somebody else saved meanwhile.

    """
    kept = _checked({name: values.get(name, "").strip() for name in KEPT})
    found = db.session.scalars(
        select(BillingDetails).filter_by(customer_id=customer.id).with_for_update()
    ).one_or_none()
    current = found.version if found else 0
    if based_on != current:
        message = N_("Somebody else saved these details meanwhile. Look at theirs first.")
        raise StaleError(message, based_on=based_on, current=current)
    before = {name: getattr(found, name) for name in KEPT} if found else None
    if found is None:
        found = BillingDetails(customer_id=customer.id, version=0)
        db.session.add(found)
    for name, value in kept.items():
        setattr(found, name, value)
    found.version, found.updated_at = current + 1, now
    db.session.flush()
    thing = ("customer", customer.id)
    audit.record(
        actor, "billing.details", thing, now=now, customer_id=customer.id, before=before, after=kept
    )
    return found


def _checked(values: dict[str, str]) -> dict[str, str]:
    for name in ("vat_number", "enterprise_number", "country"):
        values[name] = plain(values[name])
    needed = N_("Fill this in: no invoice can do without it.")
    fields = {name: needed for name in NEEDED if not values[name]}
    if not (values["enterprise_number"] or values["endpoint"]):
        fields[ENDPOINT] = N_("Give a Peppol address, or the enterprise number it follows from.")
    for name, (is_right, fault) in CHECKS.items():
        if values[name] and not is_right(values[name]):
            fields[name] = fault
    if fields:
        message = N_("The details are not complete yet.")
        raise RefusedError(message, fields=fields)
    return values


def _check_turn(month: Month, now: datetime) -> None:
    """Refuse a month out of turn.

    Raises:
        RefusedError: it is not over, not the next one, or nothing was active by then.

    """
    earlier = runs()
    pending = next((run for run in earlier if not run.is_over), None)
    expected, first = next_month(now), first_activation()
    message = ""
    if not is_over(month, now):
        message = N_("{month} is not over yet: the fee is invoiced after the month (BIL-2).")
    elif pending is not None:
        message, month = N_("Close {month} to its end first."), Month.read(pending.month) or month
    elif first is None or month < first:
        message = N_("No service was active in {month} yet.")
    elif earlier and expected is not None and month != expected:
        message, month = N_("Months are closed one after another: {month} comes next."), expected
    if message:
        raise RefusedError(message, rule="BIL-2", params={"month": str(month)})


def _locked(month: Month) -> InvoiceRun:
    run = run_of(month)
    if run is None:
        raise NotFoundError
    return lock_run(run.id)


def _one_at_a_time() -> None:
    """Let whoever else starts or resumes a run wait until this transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("billing.close"))))


def _put_job(actor: Actor, run: InvoiceRun, now: datetime) -> None:
    outbox.put(
        JOB,
        {"run_id": run.id, "attempt": run.attempt},
        customer_id=actor.customer_id,
        now=now,
        key=f"{JOB}:{run.id}:{run.attempt}",
    )


def _audit(actor: Actor, run: InvoiceRun, action: str, now: datetime) -> None:
    db.session.flush()
    after = {"state": run.state, "attempt": run.attempt, "services_done": run.services_done}
    audit.record(actor, action, ("invoice_run", run.month), now=now, after=after)

"""Doing the implementation: steps in office hours, activation, credentials (IMP-1, IMP-2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ops_portal.contracts import implementation_queries as queries
from ops_portal.contracts.implementation_access import give_access
from ops_portal.contracts.implementation_queries import Line
from ops_portal.contracts.life import ImplementationStep, LifeEvent
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import contract_at
from ops_portal.contracts.timeline import note_event
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, ConflictError, NotFoundError, RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.core.texts import cleaned, cleaned_line

TELL_ACTIVATED = "contracts.tell_activated"
TELL_CREDENTIALS = "contracts.tell_credentials"
LONGEST_BACK = timedelta(days=14)
"""How far back a step can be recorded: the fee and the levels run from its time."""


@dataclass(frozen=True, slots=True)
class Doing:
    """How a step was done: when, by whom, and why outside the office hours if it was."""

    at: datetime
    done_by: str = ""
    """A subcontractor; who records it when empty."""
    note: str = ""
    override_reason: str = ""


def do_step(
    actor: Actor, service: Service, key: str, doing: Doing, *, now: datetime
) -> ImplementationStep:
    """Record that a step of the implementation is done; the one that activates does activate.

    Args:
        actor: who records it.
        service: the locked service.
        key: of the step.
        doing: when (aware), by whom, a note.
        now: the instant.

    Raises:
        NotFoundError: the service has no such step.
        ConflictError: it is done already.
        RefusedError: another step comes first, the time lies ahead, too far back, before the order
            or outside the office hours without a reason of somebody who may override.

    Source: IMP-1, IMP-2, §4.2.

    """
    line = _line(service, key)
    contract = _contract_at(service, doing.at, now)
    _check_order(line, service, doing.at)
    reason = _check_office_hours(actor, contract, doing)
    row = line.row
    row.done_at, row.done_by = doing.at, actor.user_id
    row.done_by_name = cleaned_line(doing.done_by)[:200] or actor.name
    row.note, row.override_reason = cleaned(doing.note)[:2000], reason
    db.session.flush()
    audit.record(
        actor,
        "implementation.step",
        ("service", service.id),
        now=now,
        customer_id=service.customer_id,
        after={
            "step": key,
            "done_at": doing.at,
            "done_by": row.done_by_name,
            "override_reason": reason,
        },
    )
    if line.step.activates:
        _activate(actor, service, doing.at, now)
    else:
        note_event(service, LifeEvent.STEP_DONE, at=doing.at, actor=actor, now=now, step=key)
    return row


def receive_credentials(actor: Actor, service: Service, at: datetime, *, now: datetime) -> None:
    """Record that the Access Owner received the credentials; the service levels waited for it.

    Args:
        actor: who records it.
        service: the locked service.
        at: the instant of the receipt, aware.
        now: the instant.

    Raises:
        ConflictError: it is recorded already.
        RefusedError: there are none to receive, or the time lies ahead, too far back or before the
            order.

    Source: IMP-2, §6.1.

    """
    if not service.needs_credentials:
        raise RefusedError(N_("This service has no credentials."), rule="IMP-2")
    if service.credentials_received_at is not None:
        raise ConflictError(N_("The receipt of the credentials is recorded already."))
    _contract_at(service, at, now)
    service.credentials_received_at = at
    _let_levels_apply(service)
    note_event(service, LifeEvent.CREDENTIALS_RECEIVED, at=at, actor=actor, now=now)
    audit.record(
        actor,
        "service.credentials",
        ("service", service.id),
        now=now,
        customer_id=service.customer_id,
        after={"received_at": at},
    )
    if service.activated_at is not None:
        _tell(TELL_CREDENTIALS, service, now)


def levels_from(service: Service) -> datetime | None:
    """Return from when service levels apply: activated, and credentials received (IMP-2, §6.1)."""
    if service.activated_at is None:
        return None
    if not service.needs_credentials:
        return service.activated_at
    if service.credentials_received_at is None:
        return None
    return max(service.activated_at, service.credentials_received_at)


def _activate(actor: Actor, service: Service, at: datetime, now: datetime) -> None:
    """Make the service available from an instant: the fee runs, its owner gets in (IMP-2)."""
    service.activated_at = at
    _let_levels_apply(service)
    note_event(
        service,
        LifeEvent.ACTIVATED,
        at=at,
        actor=actor,
        now=now,
        waits_for_credentials=levels_from(service) is None,
    )
    audit.record(
        actor,
        "service.activate",
        ("service", service.id),
        now=now,
        customer_id=service.customer_id,
        after={"activated_at": at, "levels_from": levels_from(service)},
    )
    give_access(actor, service, now=now)
    _tell(TELL_ACTIVATED, service, now)


def _let_levels_apply(service: Service) -> None:
    since = levels_from(service)
    if since is None:
        return
    for contract in queries.contracts_of_service(service):
        if contract.ended_at is None or contract.ended_at > since:
            contract.active_from = since
    db.session.flush()


def _line(service: Service, key: str) -> Line:
    line = next((x for x in queries.checklist(service) if x.step.key == key), None)
    if line is None:
        raise NotFoundError
    if line.is_done:
        raise ConflictError(N_("This step is done already."))
    return line


def _check_order(line: Line, service: Service, at: datetime) -> None:
    """Refuse a step before another that must come first, in the list and in time (IMP-1)."""
    message = ""
    if line.waits_for:
        is_waiting = line.step.needs_activation
        message = (
            N_("This step needs the activation: activate the service first.")
            if is_waiting
            else N_("Do the steps above first, then activate.")
        )
    elif line.step.needs_activation and service.activated_at and at < service.activated_at:
        message = N_("This time lies before the activation.")
    elif line.step.activates:
        done = [x.row.done_at for x in queries.checklist(service) if x.row.done_at]
        if done and at < max(done):
            message = N_("The activation cannot come before the steps that lead to it.")
    if message:
        raise RefusedError(message, rule="IMP-1", fields={"at": message})


def _contract_at(service: Service, at: datetime, now: datetime) -> Contract:
    """Return the contract an instant falls into; refuse one nobody can have done anything at."""
    message, rule = "", "IMP-1"
    contract = contract_at(service.id, at)
    contracts = queries.contracts_of_service(service)
    if at > now:
        message = N_("This time lies ahead.")
    elif contracts and at < contracts[0].valid_from:
        message, rule = N_("This time lies before the signature of the order."), "ORD-3"
    elif now - at > LONGEST_BACK:
        message = N_("This time lies more than 14 days back.")
    elif contract is None or contract_at(service.id, now) is None:
        message, rule = N_("The contract has ended."), "CON-4"
    if message or contract is None:
        raise RefusedError(message, rule=rule, fields={"at": message})
    return contract


def _check_office_hours(actor: Actor, contract: Contract, doing: Doing) -> str:
    """Return the reason for a step outside the office hours; refuse one without (IMP-1)."""
    if queries.is_in_office_hours(contract, doing.at):
        return ""
    reason = cleaned(doing.override_reason)[:2000]
    message = ""
    if not actor.can(Permission.IMPLEMENTATION_OVERRIDE):
        message = N_(
            "This time lies outside the office hours: steps are done in office hours only."
        )
        raise RefusedError(message, rule="IMP-1", fields={"at": message})
    if not reason:
        message = N_("This time lies outside the office hours: say why it was done then.")
        raise RefusedError(message, rule="IMP-1", fields={"override_reason": message})
    return reason


def _tell(job: str, service: Service, now: datetime) -> None:
    outbox.put(
        job,
        {"service_id": service.id},
        customer_id=service.customer_id,
        now=now,
        key=f"{job}:{service.id}",
    )

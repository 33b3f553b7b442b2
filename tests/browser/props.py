"""What the demonstration does not tell, so that every page has something to show."""

import io
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.accounts.queries import actor_for, user_by_email
from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import elements_of
from ops_portal.core import outbox
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.imports import operations as imports
from ops_portal.imports import running, storage
from ops_portal.imports.mapping import shipped
from ops_portal.maintenance.operations import Announcement, announce_works
from ops_portal.tickets.recomputing import JOB, follow_changes
from tests.imports.logs import EVENTS, as_csv, data_of, story
from tests.portal import acting

ZONE = ZoneInfo("Europe/Brussels")
CUSTOMER = "K-20417"
LOG = as_csv(
    [
        *(row for n in range(12) for row in story(f"INC{n:07d}")),
        *story("INC0000050", sys_created_at="?"),
        *story("INC0000051", priority="9 - Odd"),
    ],
)


def set_up(app: Flask) -> None:
    """Announce works, let the open tickets follow, and import a small log."""
    with acting(app):
        operator = _operator()
        _announce(operator)
        follow_changes(now=now())
    with acting(app) as session:
        waiting = select(outbox.OutboxJob.id).filter_by(name=JOB, state="waiting")
        jobs = session.scalars(waiting).all()
    for job_id in jobs:
        with app.app_context():
            outbox.run(job_id, now())
    _import(app, operator)


def _operator() -> Actor:
    user = user_by_email("olivier@desk.example")
    assert user is not None
    actor = actor_for(user, 0)
    assert actor is not None
    return actor


def _contract() -> Contract:
    query = select(Contract).join(Customer, Customer.id == Contract.customer_id)
    return db.session.scalars(query.where(Customer.code == CUSTOMER)).one()


def _announce(operator: Actor) -> None:
    evening = datetime.combine(now().astimezone(ZONE).date() + timedelta(days=2), time(23), ZONE)
    works = Announcement(
        "New version of the invoice store",
        evening,
        evening + timedelta(hours=3, minutes=30),
        [element.id for element in elements_of(_contract())],
        "Invoices and reports cannot be opened meanwhile. Nothing needs to be done.",
    )
    announce_works(operator, works, zone=ZONE, now=now())


def _import(app: Flask, operator: Actor) -> None:
    with acting(app):
        contract = _contract()
        contract.active_from = datetime(2016, 1, 1, tzinfo=UTC)
        stored = storage.store(io.BytesIO(LOG.encode()), "log-2016.csv", data_of(app))
        run, _is_new = imports.start_import(
            operator, contract, stored, shipped()[EVENTS], now=now(), is_again=False
        )
        known = run.id, run.attempt
        customer_id = run.customer_id
    with app.app_context(), scoped(Scope.customers(customer_id), db.session):
        running.run_import(*known, data_of(app), clock=now)

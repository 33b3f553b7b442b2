"""Small logs for the tests, in the shape of the event log and of the invented help desk."""

import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from ops_portal.contracts.models import Contract
from ops_portal.core.db import db
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.imports import operations, running, storage
from ops_portal.imports.assembling import Assembler, Incident, Refused
from ops_portal.imports.mapping import Mapping, parse_mapping, shipped
from ops_portal.imports.models import ImportRun
from ops_portal.imports.reading import open_log
from tests.factories import World, make_world
from tests.portal import acting

NOW = datetime(2026, 6, 8, 7, 0, tzinfo=UTC)
EVENTS, TICKETS = "servicenow-event-log", "helpdesk-tickets"

Event = dict[str, str]


def mapping_of(name: str = EVENTS) -> Mapping:
    """Return a shipped mapping."""
    return parse_mapping(shipped()[name])


def event(number: str, state: str, at: str, **cells: str) -> Event:
    """Return one row of the event log; what is not said is missing or ordinary."""
    row = {
        "number": number,
        "incident_state": state,
        "sys_updated_at": at,
        "opened_at": "7/3/2016 09:00",
        "sys_created_at": "7/3/2016 09:10",
        "priority": "1 - Critical",
        "category": "Category 1",
    }
    return row | cells


def story(number: str, **cells: str) -> list[Event]:
    """Return a whole incident of Monday 7 March 2016, its clock stopped from 11:00 to 13:00."""
    ended = {"resolved_at": "7/3/2016 16:00", "closed_at": "12/3/2016 16:00"} | cells
    return [
        event(number, "New", "7/3/2016 09:10", assignment_group="Group 1", **ended),
        event(number, "Active", "7/3/2016 09:40", assigned_to="Resolver 2", **ended),
        event(number, "Awaiting User Info", "7/3/2016 11:00", **ended),
        event(number, "Active", "7/3/2016 13:00", **ended),
        event(number, "Resolved", "7/3/2016 16:00", **ended),
        event(number, "Closed", "12/3/2016 16:00", **ended),
    ]


def as_csv(rows: Iterable[Event], *, mapping: Mapping | None = None) -> str:
    """Return rows as the CSV that a mapping describes."""
    mapping = mapping or mapping_of()
    columns = list(mapping.column_paths())
    text = io.StringIO()
    writer = csv.DictWriter(
        text, columns, restval=mapping.file.missing[0], delimiter=mapping.file.delimiter
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def assembled(
    path: Path, content: str | bytes, *, mapping: Mapping | None = None
) -> list[Incident | Refused]:
    """Return what becomes of a log's content, each incident in the order of the file."""
    mapping = mapping or mapping_of()
    if isinstance(content, str):
        content = content.encode(mapping.file.encoding)
    path.write_bytes(content)
    with open_log(path, mapping) as log:
        assembler = Assembler(mapping, log, now=NOW)
        return [assembler.assemble(block) for block in log.blocks()]


def codes(found: Incident | Refused) -> list[str]:
    """Return the names of what was repaired or refused."""
    return [finding.code for finding in found.findings]


def kinds(found: Incident | Refused) -> list[str]:
    """Return the kinds of the facts of an incident, in order."""
    assert isinstance(found, Incident), codes(found)
    return [draft.kind.value for draft in found.drafts]


def arranged(app: Flask) -> World:
    """Build a world whose home contract was active in 2016 already."""
    with acting(app):
        world = make_world(NOW)
        contract = db.session.get_one(Contract, world.home.contract_id)
        contract.active_from = datetime(2016, 1, 1, tzinfo=UTC)
    return world


def begun(
    app: Flask,
    world: World,
    content: str | bytes,
    *,
    name: str = "log.csv",
    mapping: str = EVENTS,
    is_again: bool = False,
) -> tuple[int, bool]:
    """Begin to import a content into the home contract: the run's id, and whether it is new."""
    encoding = mapping_of(mapping).file.encoding
    raw = content.encode(encoding) if isinstance(content, str) else content
    with acting(app):
        contract = db.session.get_one(Contract, world.home.contract_id)
        stored = storage.store(io.BytesIO(raw), name, data_of(app))
        run, is_new = operations.start_import(
            world.operator.actor, contract, stored, shipped()[mapping], now=NOW, is_again=is_again
        )
        return run.id, is_new


def done(app: Flask, run_id: int, **more: object) -> ImportRun:
    """Do a run as the worker would, in the scope of its customer only, and return it."""
    with acting(app):
        run = db.session.get_one(ImportRun, run_id)
        attempt, customer_id = run.attempt, run.customer_id
    with app.app_context(), scoped(Scope.customers(customer_id), db.session):
        running.run_import(run_id, attempt, data_of(app), clock=lambda: NOW, **more)
    with acting(app) as session:
        run = session.get_one(ImportRun, run_id)
        session.expunge(run)
        return run


def imported(app: Flask, world: World, content: str | bytes, **more: object) -> ImportRun:
    """Import a content from beginning to end."""
    run_id, _is_new = begun(app, world, content, **more)
    return done(app, run_id)


def data_of(app: Flask) -> Path:
    """Return the data folder of the portal under test."""
    return app.extensions["portal.config"].data


@contextmanager
def looking(app: Flask, world: World):
    """Open the scope of the home customer, to look at what was written."""
    with app.app_context(), scoped(Scope.customers(world.home.customer_id), db.session):
        yield db.session()


def ticket_rows(rows: Sequence[dict[str, str]]) -> str:
    """Return rows of the invented help desk as its CSV."""
    return as_csv(rows, mapping=mapping_of(TICKETS))


def varied(number: int) -> str:
    """Return a log with every priority, some breaches, some repairs and one refusal."""
    rows: list[Event] = []
    names = ("1 - Critical", "2 - High", "3 - Moderate", "3 - Moderate", "4 - Low")
    for n in range(number):
        day = 7 + n % 5
        cells = {
            "priority": names[n % 5],
            "resolved_at": f"{day + n % 4}/3/2016 {10 + n % 7}:{n % 60:02d}",
            "closed_at": f"{day + 9}/3/2016 16:00",
            "category": f"Category {n % 9}",
        }
        cells |= {"sys_created_at": "?"} if n % 7 == 0 else {}
        cells |= {"priority": "9 - Odd"} if n == number - 1 else {}
        rows += [
            event(f"INC{n:07d}", state, f"{when}/3/2016 {hour}", **cells)
            for state, when, hour in (
                ("New", 7, "09:10"),
                ("Active", 7, f"09:{11 + n % 40}"),
                ("Awaiting User Info", 7, "09:55"),
                ("Active", 7, "09:58"),
                ("Resolved", day + n % 4, f"{10 + n % 7}:{n % 60:02d}"),
                ("Closed", day + 9, "16:00"),
            )
        ]
    return as_csv(rows)

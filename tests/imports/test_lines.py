"""The same log through `python -m sla evaluate --lines` gives every incident the same verdict."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from ops_portal.imports.codes import Finding
from ops_portal.imports.foreground import lines_of_file
from ops_portal.imports.mapping import shipped
from ops_portal.imports.models import ImportRun
from ops_portal.imports.periods import periods_of
from ops_portal.tickets.models import Ticket, Verdict
from tests.factories import World
from tests.imports.logs import (
    EVENTS,
    NOW,
    TICKETS,
    arranged,
    as_csv,
    imported,
    looking,
    story,
    ticket_rows,
)
from tests.imports.test_assembling import TICKET, reopened

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("PORTAL_SHARED") or ROOT.parent / "shared")
REAL = SHARED / "data" / "incidents" / "incident_event_log.csv.gz"

Verdicts = dict[str, list[tuple[object, ...]]]


def by_the_portal(app: Flask, world: World) -> Verdicts:
    """Return what the portal keeps, by the reference in the log."""
    found: Verdicts = defaultdict(list)
    columns = (
        Verdict.kpi, Verdict.priority, Verdict.target_s, Verdict.elapsed_s, Verdict.state,
        Verdict.due_at, Verdict.breached_at,
    )  # fmt: skip
    query = (
        select(Ticket.external_reference, *columns)
        .join(Ticket, Ticket.id == Verdict.ticket_id)
        .order_by(Verdict.id)
    )
    with looking(app, world) as session:
        for reference, *verdict in session.execute(query):
            found[reference].append((*verdict[:5], *(at and at.timestamp() for at in verdict[5:])))
    return found


def by_the_command(app: Flask, world: World, path: Path, mapping: str) -> Verdicts:
    """Return what the command says to the lines of the log, by the reference in the log."""
    with looking(app, world):
        periods = periods_of(world.home.contract_id)
        told = list(lines_of_file(path, shipped()[mapping], periods, as_of=NOW))
    pairs = [item for item in told if not isinstance(item, Finding)]
    lines = path.with_suffix(".jsonl")
    lines.write_text("".join(json.dumps(line) + "\n" for _reference, line in pairs))
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "sla", "evaluate", "--lines", str(lines)],
        capture_output=True, cwd=ROOT, check=True,
    )  # fmt: skip
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(pairs)
    return {
        reference: [_verdict(clock) for clock in result["kpis"]]
        for (reference, _line), result in zip(pairs, results, strict=True)
        if result["kpis"]
    }


def _verdict(clock: dict[str, object]) -> tuple[object, ...]:
    from_text = [_instant(clock[name]) for name in ("due_at", "breached_at")]
    names = ("kpi", "priority", "target_s", "elapsed_s", "state")
    return (*(clock[name] for name in names), *from_text)


def _instant(text: object) -> float | None:
    return None if text is None else NOW.fromisoformat(str(text)).timestamp()


def check_same(app: Flask, world: World, path: Path, mapping: str) -> tuple[ImportRun, Verdicts]:
    run = imported(app, world, path.read_bytes(), mapping=mapping)
    kept = by_the_portal(app, world)
    assert kept == by_the_command(app, world, path, mapping)
    return run, kept


def test_the_command_judges_a_small_log_as_the_portal_does(app: Flask, tmp_path: Path) -> None:
    world = arranged(app)
    path = tmp_path / "log.csv"
    changed = story("D")
    changed[0]["priority"] = "2 - High"
    late = story("E", resolved_at="29/3/2016 16:00", closed_at="?")
    refused = story("F", priority="?")
    rows = [*story("A"), *reopened(), *changed, *late, *refused]
    rows[6:6] = story("B", priority="2 - High", sys_created_at="?")
    rows = [row | {"number": "C"} if n in range(12, 20) else row for n, row in enumerate(rows)]
    path.write_text(as_csv(rows))
    run, kept = check_same(app, world, path, EVENTS)
    assert (run.incidents_imported, run.incidents_refused) == (5, 1)
    states = {verdict[4] for verdicts in kept.values() for verdict in verdicts}
    assert states == {"met", "breached", "superseded"}


def test_the_command_judges_another_tool_as_the_portal_does(app: Flask, tmp_path: Path) -> None:
    world = arranged(app)
    path = tmp_path / "log.csv"
    rows = [TICKET, TICKET | {"Ticket": "T-2", "Prio": "Kritisch", "Wartet bis": "-"}]
    path.write_bytes(ticket_rows(rows).encode("cp1252"))
    run, kept = check_same(app, world, path, TICKETS)
    assert run.incidents_imported == len(kept) == 2


@pytest.mark.slow
@pytest.mark.skipif(
    not REAL.exists(), reason="the real log is not here: ../shared or PORTAL_SHARED"
)
def test_the_command_judges_every_incident_of_the_real_log_as_the_portal_does(
    app: Flask, tmp_path: Path
) -> None:
    world = arranged(app)
    path = tmp_path / REAL.name
    path.write_bytes(REAL.read_bytes())
    run, kept = check_same(app, world, path, EVENTS)
    assert (run.rows_read, run.rows_refused, run.incidents_imported) == (141_712, 0, 24_918)
    assert run.rows_read == run.rows_imported + run.rows_repaired
    with looking(app, world) as session:
        priorities = session.scalars(select(Ticket.priority)).all()
    assert [priorities.count(p) for p in ("P1", "P2", "P3", "P4")] == [270, 408, 23_466, 774]
    assert len(kept) >= 270 + 408  # a P3 that was a P1 for a while has clocks too

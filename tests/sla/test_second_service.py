"""A second service with its own words, hours, zone and money works without code. Rule CAT-1."""

import json
from decimal import Decimal
from pathlib import Path

from sla.__main__ import main
from sla.clock import Clock, evaluate
from sla.credits import Breach
from sla.credits import credits as credits_of
from sla.holidays import public_holidays
from sla.policy import load_description
from sla.schedule import Schedule
from sla.terms import Kpi, Priority
from tests.sla.factories import at, stop, ticket

TOML = """
name = "Night Watch"
version = "3"
effective_from = 2025-09-01
zone = "America/New_York"
public_holidays = "US"
reopen = "pauses"

[support_window]
monday = ["00:00-06:30", "22:00-24:00"]
tuesday = ["00:00-06:30", "22:00-24:00"]
saturday = ["10:00-12:00", "13:00-15:30"]

[priorities.P1]
impact = "nobody watches"
update_every_s = 900

[priorities.P3]
impact = "somebody sleeps"

[[kpis]]
kpi = "reaction"
obligation = "SLA"
priorities = ["P1", "P3"]
target_s = 1800
clause = "Annex 2"
credit = { percentage = "7.5", monthly_cap = 15 }

[[kpis]]
kpi = "restoration"
obligation = "SLO"
priorities = ["P3"]
target_s = 36000
clause = "Annex 3"

[[closures]]
from = 2026-07-04
to = 2026-07-11
name = "summer closure"
"""


def service(folder: Path) -> tuple:
    file = folder / "night_watch.toml"
    file.write_text(TOML, encoding="utf-8")
    description = load_description(file)
    schedule = Schedule.of(description, holidays=public_holidays("US", range(2025, 2028)))
    return description, schedule


def read(folder: Path, created: str, **given: object) -> tuple[Clock, ...]:
    description, schedule = service(folder)
    return evaluate(ticket(created, **given), description, schedule, explain=True)


def test_only_its_own_targets_give_clocks(tmp_path: Path) -> None:
    found = read(tmp_path, "2026-06-08 09:00", priority="P1", notified="2026-06-08 08:00")
    assert [(c.kpi, c.target_s, c.clause) for c in found] == [("reaction", 1_800, "Annex 2")]
    assert read(tmp_path, "2026-06-08 09:00", priority="P2") == ()


def test_its_hours_are_in_its_own_zone(tmp_path: Path) -> None:
    """Monday 12:20 in Brussels is 06:20 in New York: ten minutes, then twenty from 22:00 on."""
    (found,) = read(tmp_path, "2026-06-08 12:20", as_of="2026-06-08 20:00")
    assert (found.elapsed_s, found.state) == (600, "running")
    assert found.due_at == at("2026-06-09 04:20")
    assert found.next_counting_at == at("2026-06-09 04:00")


def test_its_midnight_is_no_edge(tmp_path: Path) -> None:
    """Monday 22:00 to Tuesday 06:30 in New York is one stretch of counted time."""
    found = read(tmp_path, "2026-06-09 04:00", priority="P3", resolutions="2026-06-09 12:30")
    assert [(s.seconds, s.cause) for s in found[1].segments] == [(30_600, None)]


def test_its_holidays_and_closures_are_named(tmp_path: Path) -> None:
    found = read(tmp_path, "2026-07-04 12:00", priority="P3", as_of="2026-07-12 12:00")
    names = {s.name for s in found[1].segments if s.cause == "public_holiday"}
    assert names == {"summer closure", "Independence Day"}
    assert found[1].elapsed_s == 0


def test_stops_and_its_reading_of_reopening_hold(tmp_path: Path) -> None:
    cut = stop("2026-06-09 06:00", "2026-06-09 07:00", "connectivity")
    found = read(
        tmp_path, "2026-06-09 04:00", priority="P3", stops=(cut,), as_of="2026-06-09 09:00"
    )
    assert found[1].elapsed_s == 4 * 3_600


def test_its_credits_use_its_percentages(tmp_path: Path) -> None:
    """Rule CRD-1."""
    description, _ = service(tmp_path)
    found = [
        Breach(f"N-{n}", Kpi.REACTION, at(f"2026-06-0{n} 12:00"), is_validated=True)
        for n in (1, 2, 3)
    ]
    money = {"monthly_fee": Decimal(200), "recurring_paid": Decimal(200)}
    statement = credits_of("2026-06", found, description, **money)
    assert [str(line.amount) for line in statement.lines] == ["15.00", "15.00", "0.00"]
    assert description.update_every_s == {Priority.P1: 900}


def test_the_command_line_takes_its_file(tmp_path: Path, capfdbinary) -> None:
    service(tmp_path)
    facts = tmp_path / "facts.json"
    created = "2026-06-08T06:20:00-04:00"
    first = {"at": created, "priority": "P1", "basis": "initial"}
    document = {"created_at": created, "as_of": "2026-06-08T20:00:00-04:00", "priorities": [first]}
    facts.write_text(json.dumps(document), encoding="utf-8")
    code = main(["evaluate", str(facts), "--catalogue", str(tmp_path / "night_watch.toml")])
    assert code == 0
    assert b'"due_at": "2026-06-08T22:20:00-04:00"' in capfdbinary.readouterr().out

"""From rows to facts: every repair by its name, every refusal by its reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops_portal.imports.assembling import Incident, Refused
from ops_portal.imports.mapping import parse_mapping, shipped
from tests.imports.logs import (
    EVENTS,
    TICKETS,
    Event,
    as_csv,
    assembled,
    codes,
    event,
    kinds,
    mapping_of,
    story,
    ticket_rows,
)

One = Callable[..., Incident | Refused]


@pytest.fixture
def one(tmp_path: Path) -> One:
    """Return what becomes of the rows of one incident."""

    def assemble(rows: list[Event], *, without: str = "") -> Incident | Refused:
        text = shipped()[EVENTS].replace(f'  "{without}",\n', "")
        mapping = parse_mapping(text)
        return assembled(tmp_path / "log", as_csv(rows, mapping=mapping), mapping=mapping)[0]

    return assemble


def at(found: Incident | Refused, kind: str) -> list[str]:
    """Return the instants of the facts of a kind, in UTC."""
    assert isinstance(found, Incident), codes(found)
    return [f"{d.at:%d %H:%M}" for d in found.drafts if d.kind == kind]


def test_a_whole_incident_becomes_its_facts_in_order_of_time(one: One) -> None:
    found = one(story("A"))
    assert kinds(found) == [
        "notified",
        "created",
        "priority_set",
        "assigned",
        "intervention_started",
        "assigned",
        "clock_stopped",
        "clock_resumed",
        "resolved",
        "confirmed",
    ]
    assert codes(found) == []
    assert isinstance(found, Incident)
    assert [d.seq for d in found.drafts] == list(range(1, 11))
    assert found.drafts[7].refers_to == 7
    assert found.drafts[6].data == {"reason": "customer"}
    assert at(found, "created") == ["07 08:10"]
    assert at(found, "intervention_started") == ["07 08:40"]
    assert found.lines == [2, 3, 4, 5, 6, 7]


def test_no_time_of_creation_is_taken_from_the_notification(one: One) -> None:
    found = one(story("A", sys_created_at="?"))
    assert codes(found) == ["created_missing"]
    assert at(found, "created") == at(found, "notified") == ["07 08:00"]


def test_a_notification_after_the_creation_is_taken_at_it(one: One) -> None:
    found = one(story("A", opened_at="7/3/2016 09:30"))
    assert codes(found) == ["notified_after_created"]
    assert at(found, "notified") == ["07 08:10"]


def test_without_an_active_row_the_first_assignment_starts_the_intervention(one: One) -> None:
    rows = [r for r in story("A") if r["incident_state"] != "Active"]
    rows[1]["assigned_to"] = "Resolver 2"
    found = one(rows)
    assert codes(found) == ["start_from_assignment"]
    assert at(found, "intervention_started") == ["07 10:00"]


def test_an_incident_nobody_took_has_no_start_its_resolution_is_the_reaction_t61(one: One) -> None:
    rows = [r for r in story("A") if r["incident_state"] in {"Resolved", "Closed"}]
    assert "intervention_started" not in kinds(one(rows))


def test_no_time_of_resolution_is_taken_from_the_state(one: One) -> None:
    found = one(story("A", resolved_at="?"))
    assert codes(found) == ["resolved_from_state"]
    assert found.findings[0].line == 6
    assert at(found, "resolved") == ["07 15:00"]


def test_an_incident_closed_without_a_resolution_was_resolved_then(one: One) -> None:
    rows = [r for r in story("A", resolved_at="?") if r["incident_state"] != "Resolved"]
    found = one(rows)
    assert codes(found) == ["resolved_from_closing"]
    assert at(found, "resolved") == at(found, "confirmed") == ["12 15:00"]


def test_a_resolution_known_with_hindsight_is_the_last_one(one: One) -> None:
    assert at(one(story("A", resolved_at="7/3/2016 17:30")), "resolved") == ["07 16:30"]


def reopened(**cells: str) -> list[Event]:
    cells = {"resolved_at": "9/3/2016 12:00", "closed_at": "14/3/2016 12:00"} | cells
    return [
        *story("A", **cells)[:5],
        event("A", "Active", "8/3/2016 10:00", **cells),
        event("A", "Resolved", "9/3/2016 12:00", **cells),
        event("A", "Closed", "14/3/2016 12:00", **cells),
    ]


def test_leaving_the_resolved_state_reopens(one: One) -> None:
    found = one(reopened())
    assert at(found, "resolved") == ["07 15:00", "09 11:00"]
    assert at(found, "reopened") == ["08 09:00"]
    assert codes(found) == []


def test_a_time_of_resolution_from_before_the_reopening_is_stale(one: One) -> None:
    found = one(reopened(resolved_at="7/3/2016 16:00"))
    assert codes(found) == ["resolved_is_stale"]
    assert at(found, "resolved")[-1] == "09 11:00"


def test_an_open_incident_keeps_its_stop_open_and_an_old_resolution_is_stale(one: One) -> None:
    found = one(story("A")[:3])
    assert codes(found) == ["resolved_is_stale"]
    assert "resolved" not in kinds(found)
    assert "clock_resumed" not in kinds(found)


def test_a_closing_before_the_resolution_is_taken_at_it(one: One) -> None:
    found = one(story("A", closed_at="7/3/2016 15:00"))
    assert codes(found) == ["closed_before_resolved"]
    assert at(found, "confirmed") == at(found, "resolved")


def test_an_unknown_state_leaves_the_one_before_in_force(one: One) -> None:
    rows = story("A")
    rows.insert(3, event("A", "-100", "7/3/2016 12:00"))
    found = one(rows)
    assert codes(found) == ["state_unknown"]
    assert found.findings[0].line == 5
    assert at(found, "clock_resumed") == ["07 12:00"]


def test_a_wait_without_length_is_left_out(one: One) -> None:
    rows = story("A")
    rows[2]["sys_updated_at"] = rows[3]["sys_updated_at"]
    found = one(rows)
    assert codes(found) == ["stop_without_length"]
    assert "clock_stopped" not in kinds(found)


def test_waits_for_two_reasons_are_two_stops_and_one_reason_is_one_t31(one: One) -> None:
    rows = story("A")
    rows[3:3] = [
        event("A", "Awaiting User Info", "7/3/2016 11:30"),
        event("A", "Awaiting Vendor", "7/3/2016 12:00"),
    ]
    found = one(rows)
    assert at(found, "clock_stopped") == ["07 10:00", "07 11:00"]
    assert at(found, "clock_resumed") == ["07 11:00", "07 12:00"]


def test_waiting_for_a_problem_is_no_stop_of_sla_2(one: One) -> None:
    rows = story("A")
    rows[2]["incident_state"] = "Awaiting Problem"
    assert "clock_stopped" not in kinds(one(rows))


def test_a_row_that_runs_ahead_of_the_next_is_taken_at_its_time_and_reopens_nothing(
    one: One,
) -> None:
    rows = story("A")
    rows[0]["sys_updated_at"] = "7/3/2016 16:10"
    found = one(rows)
    assert codes(found) == ["row_out_of_order"]
    assert found.findings[0].line == 2
    assert "reopened" not in kinds(found)


def test_a_row_before_the_creation_is_taken_at_it(one: One) -> None:
    rows = story("A")
    rows[0]["sys_updated_at"] = "7/3/2016 09:00"
    found = one(rows)
    assert codes(found) == ["row_before_created"]
    assert at(found, "assigned")[0] == "07 08:10"


def test_a_time_that_the_clock_change_skipped_is_repaired_once_a_line(one: One) -> None:
    rows = story("A", closed_at="27/3/2016 02:30")
    rows[-1]["sys_updated_at"] = "27/3/2016 02:30"
    assert codes(one(rows)) == ["time_in_gap"]


def test_a_later_priority_is_a_change_from_then_on(one: One) -> None:
    rows = story("A")
    for row in rows[:2]:
        row["priority"] = "2 - High"
    found = one(rows)
    assert isinstance(found, Incident)
    marks = [(d.kind, d.data["priority"]) for d in found.drafts if "priority" in d.kind]
    assert marks == [("priority_set", "P2"), ("priority_changed", "P1")]
    assert at(found, "priority_changed") == ["07 10:00"]


def test_two_priorities_at_one_minute_leave_the_later(one: One) -> None:
    rows = story("A")
    rows[0] |= {"priority": "3 - Moderate"}
    rows[1] |= {"sys_updated_at": "7/3/2016 09:10"}
    found = one(rows)
    assert codes(found) == ["priority_at_once"]
    assert "priority_changed" not in kinds(found)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"priority": "5 - None"}, "priority_unknown"),
        ({"priority": "?"}, "priority_missing"),
        ({"sys_updated_at": "?"}, "time_missing"),
        ({"sys_updated_at": "noon"}, "time_unreadable"),
        ({"opened_at": "31/2/2016 09:00"}, "time_unreadable"),
        ({"opened_at": "?", "sys_created_at": "?"}, "created_from_first_row"),
        ({"resolved_at": "6/3/2016 09:00"}, "resolved_before_created"),
        ({"closed_at": "7/3/2036 09:00"}, "in_future"),
    ],
)
def test_what_has_no_cure_refuses_the_incident(one: One, cells: dict[str, str], code: str) -> None:
    rows = [row | cells for row in story("A")]
    found = one(rows)
    assert isinstance(found, Refused)
    assert codes(found) == [code]
    assert found.findings[0].line in found.lines


def test_a_repair_the_mapping_does_not_allow_is_a_refusal(one: One) -> None:
    rows = story("A", sys_created_at="?")
    assert isinstance(one(rows), Incident)
    found = one(rows, without="created_missing")
    assert isinstance(found, Refused)
    assert codes(found) == ["created_missing"]


def test_the_words_come_from_the_columns_of_the_mapping(one: One) -> None:
    found = one(story("A", subcategory="Sub 2", location="Ghent", caller_id="Caller 3"))
    assert isinstance(found, Incident)
    assert found.title == "Category 1, Sub 2"
    assert found.description == "Location: Ghent"
    assert found.contact == "Caller 3"


TICKET = {
    "Ticket": "T-1",
    "Prio": "Hoch",
    "Gemeldet": "07.03.2016 09:00:00",
    "Angelegt": "07.03.2016 09:10:00",
    "In Arbeit seit": "07.03.2016 09:40:00",
    "Wartet seit": "07.03.2016 11:00:00",
    "Wartet bis": "07.03.2016 13:00:00",
    "Wartet auf": "Lieferant",
    "Gelöst": "07.03.2016 16:00:00",
    "Geschlossen": "-",
    "Betreff": "Drucker spült über",
}


def other_tool(tmp_path: Path, **cells: str) -> Incident | Refused:
    content = ticket_rows([TICKET | cells])
    return assembled(tmp_path / "log", content, mapping=mapping_of(TICKETS))[0]


def test_another_tool_with_one_row_a_ticket_needs_a_mapping_only(tmp_path: Path) -> None:
    found = other_tool(tmp_path)
    assert kinds(found) == [
        "notified",
        "created",
        "priority_set",
        "intervention_started",
        "clock_stopped",
        "clock_resumed",
        "resolved",
    ]
    assert isinstance(found, Incident)
    assert found.title == "Drucker spült über"
    assert found.drafts[4].data == {"reason": "third_party"}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"Wartet auf": "Godot"}, "reason_unknown"),
        ({"Wartet bis": "07.03.2016 10:00:00"}, "stop_order"),
        ({"Wartet seit": "06.03.2016 10:00:00"}, "stop_order"),
        ({"In Arbeit seit": "06.03.2016 10:00:00"}, "start_before_created"),
        ({"Gelöst": "-", "Geschlossen": "08.03.2016 10:00:00"}, "resolved_from_closing"),
    ],
)
def test_contradictions_of_a_ticket_row_refuse_it(
    tmp_path: Path, cells: dict[str, str], code: str
) -> None:
    assert codes(other_tool(tmp_path, **cells)) == [code]


def test_a_wait_of_no_length_is_left_out_of_a_ticket_row(tmp_path: Path) -> None:
    found = other_tool(tmp_path, **{"Wartet bis": "07.03.2016 11:00:00"})
    assert codes(found) == ["stop_without_length"]
    assert "clock_stopped" not in kinds(found)


def test_a_ticket_named_twice_is_refused_the_second_time(tmp_path: Path) -> None:
    content = ticket_rows([TICKET, TICKET | {"Betreff": "again"}])
    first, second = assembled(tmp_path / "log", content, mapping=mapping_of(TICKETS))
    assert isinstance(first, Incident)
    assert codes(second) == ["rows_twice"]

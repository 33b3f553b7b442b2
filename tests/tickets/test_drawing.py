"""The clock drawing: places that tell the truth, on an axis of support time (SLA-6)."""

import pytest

from ops_portal.tickets.axis import axis_of, ticks
from ops_portal.tickets.drawing import WIDTH, Drawing, draw
from ops_portal.tickets.models import FactKind
from tests.tickets.desk import at
from tests.tickets.told import SCHEDULE, Tale, a_reader


def drawn(tale: Tale, when: str, works=()) -> Drawing:
    """Return the drawing of a ticket at a time."""
    with a_reader():
        return draw(tale.read(when, works), "Clocks")


def restoration(drawing: Drawing):
    """Return the lane of the restoration."""
    return drawing.lanes[-1]


def test_nine_tenths_of_the_width_is_support_time():
    axis = axis_of(SCHEDULE, at("2026-06-08 09:00"), at("2026-06-10 13:00"), 0, 100)
    assert sum(right - left for left, right, _s in axis.spans(is_open=True)) == pytest.approx(90)
    assert axis.x(at("2026-06-08 09:00")) == 0
    assert axis.x(at("2026-06-10 13:00")) == pytest.approx(100)


def test_a_ticket_of_one_morning_needs_no_room_for_nights():
    axis = axis_of(SCHEDULE, at("2026-06-08 09:00"), at("2026-06-08 10:00"), 0, 100)
    assert axis.x(at("2026-06-08 09:30")) == pytest.approx(50)


def test_a_ticket_that_saw_no_open_hour_can_be_drawn():
    tale = Tale("2026-06-13 11:00", "P1")
    tale.tell(FactKind.RESOLVED, "2026-06-13 12:00")
    found = drawn(tale, "2026-06-14 12:00")
    assert found.bands == ()
    assert all(lane.marks == () for lane in found.lanes)


def test_counted_time_is_as_wide_as_it_is_long():
    tale = Tale("2026-06-08 09:00")
    tale.stop("2026-06-08 12:00", "2026-06-08 15:00")
    looks = {}
    for mark in restoration(drawn(tale, "2026-06-09 12:00")).marks:
        looks[mark.look] = looks.get(mark.look, 0) + mark.width
    assert looks["counted"] / looks["stop"] == pytest.approx(10 / 3, rel=0.02)


def test_what_lies_past_the_target_looks_different_and_nothing_is_lost():
    tale = Tale("2026-06-08 09:00")
    tale.tell(FactKind.RESOLVED, "2026-06-10 15:00")
    lane = restoration(drawn(tale, "2026-06-12 09:00"))
    assert [m.look for m in lane.marks] == ["counted", "counted", "counted", "over"]
    assert lane.marks[-1].x == lane.flag.x
    assert lane.kind == "breached"


def test_an_open_clock_shows_now_and_what_is_left():
    found = drawn(Tale("2026-06-08 09:00"), "2026-06-09 12:00")
    lane = restoration(found)
    assert lane.rest == (found.now_x, round(lane.flag.x - found.now_x, 1))
    assert lane.flag.text == "due Wed 10 Jun, 13:00"


def test_an_ended_ticket_shows_no_now_and_points_at_a_due_date_beyond():
    tale = Tale("2026-06-08 09:00")
    tale.tell(FactKind.RESOLVED, "2026-06-08 09:20")
    found = drawn(tale, "2026-06-20 09:00")
    assert found.now_x is None
    assert restoration(found).flag.text == "due Wed 10 Jun, 13:00 →"


def test_closed_days_are_named():
    found = drawn(Tale("2026-04-02 15:00"), "2026-04-08 08:30")
    assert [name.text for name in found.names] == ["Easter Monday"]


def test_stops_and_works_have_their_icon_and_say_why():
    tale = Tale("2026-06-08 09:00")
    tale.stop("2026-06-08 10:00", "2026-06-08 14:00", "connectivity")
    works = [("2026-06-09 10:00", "2026-06-09 14:00")]
    marks = restoration(drawn(tale, "2026-06-09 16:00", works)).marks
    found = {m.look: (m.icon, m.title.partition(",")[0]) for m in marks}
    assert found["stop"] == ("wifi-off", "Stopped: connectivity")
    assert found["works"] == ("tools", "Planned works")


def test_a_ticket_of_years_is_drawn_with_few_marks_inside_the_width():
    tale = Tale("2025-01-06 09:00")
    found = drawn(tale, "2026-11-23 12:00")
    lane = restoration(found)
    assert len(lane.marks) < 120
    assert len(found.bands) < 120
    assert all(m.x >= 0 and m.x + m.width <= WIDTH for m in lane.marks)
    assert len(found.ticks) <= 9


@pytest.mark.parametrize(
    ("until", "first"),
    [
        ("2026-06-09 18:00", "Mon 8 Jun"),
        ("2026-06-19 18:00", "Mon 8"),
        ("2026-07-20 18:00", "8 Jun"),
    ],
)
def test_the_axis_labels_days_then_weeks_then_months(until, first):
    axis = axis_of(SCHEDULE, at("2026-06-08 08:00"), at(until), 0, 500)
    found = ticks(axis, SCHEDULE, "en")
    assert found[0].text == first
    places = [tick.x for tick in found]
    assert places == sorted(places)


def test_a_drawing_can_be_read_without_seeing_it():
    tale = Tale("2026-06-08 09:00", notified="2026-06-08 08:55")
    found = drawn(tale, "2026-06-08 09:30")
    said = found.description.replace("\u202f", " ")
    assert said.startswith("Time to log (P1): 5 min of 15 min counted, met.")
    assert "Time to react (P1): 30 min of 1 h counted, 30 min left." in said


def test_no_clock_no_drawing():
    assert drawn(Tale("2026-06-08 09:00", "P3"), "2026-06-09 09:00") is None


def test_announced_works_before_the_due_time_are_drawn_and_named():
    works = [("2026-06-09 09:00", "2026-06-09 13:00"), ("2026-06-20 09:00", "2026-06-20 13:00")]
    tale = Tale("2026-06-08 09:00")
    found = drawn(tale, "2026-06-08 12:00", works)
    coming = [mark for mark in restoration(found).marks if mark.look == "works"]
    assert [m.title.partition(",")[0] for m in coming] == ["Planned works"]
    assert coming[0].x > found.now_x


def test_what_is_used_and_what_is_left_add_up_to_the_target():
    tale = Tale("2026-06-08 09:00:30")
    said = restoration(drawn(tale, "2026-06-08 12:00")).words.replace("\u202f", " ")
    assert said == "3 h of 24 h \u00b7 21 h left"


def test_a_short_first_day_has_a_short_label():
    axis = axis_of(SCHEDULE, at("2026-06-08 15:00"), at("2026-06-11 18:00"), 0, 500)
    assert ticks(axis, SCHEDULE, "en")[0].text == "Mon 8"

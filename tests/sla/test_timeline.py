"""One ticket's counted time, by example. Rules SLA-2, SLA-7, MNT-3."""

import pytest

from sla.interval import FOREVER, from_epoch, to_epoch
from sla.timeline import Timeline
from tests.sla.factories import BELGIAN, HOUR, at


def second(text: str) -> int:
    """Return an instant of Monday 8 June 2026, or of `day hh:mm` of that month."""
    day, _, clock = text.rpartition(" ")
    return to_epoch(at(f"2026-06-{day or '08'} {clock}"))


def cut(start: str, end: str | None) -> tuple[int, int, str]:
    return second(start), FOREVER if end is None else second(end), "stop:customer"


MORNING = cut("10:00", "12:00")
NIGHT = cut("20:00", "09 06:00")
EVENING = cut("17:00", "09 09:00")
EDGE = cut("17:00", "18:00")
WEEKEND = cut("12 18:00", "15 08:00")
EMPTY = cut("11:00", "11:00")

ELAPSED = [
    ("no cuts", [], "09:00", "12:00", 3),
    ("a cut in the middle", [MORNING], "09:00", "13:00", 2),
    ("the start within a cut", [MORNING], "11:00", "13:00", 1),
    ("the end within a cut", [MORNING], "09:00", "11:00", 1),
    ("all within a cut", [MORNING], "10:30", "11:30", 0),
    ("a cut before", [MORNING], "12:00", "13:00", 1),
    ("a cut after", [MORNING], "08:00", "10:00", 2),
    ("a cut at night", [NIGHT], "17:00", "09 09:00", 2),
    ("a cut over night", [EVENING], "16:00", "09 10:00", 2),
    ("a cut over a weekend", [WEEKEND], "12 17:00", "15 09:00", 2),
    ("an empty cut", [EMPTY], "09:00", "12:00", 3),
    ("the same cut twice", [MORNING, MORNING], "09:00", "13:00", 2),
    ("cuts out of order", [EVENING, MORNING], "09:00", "09 10:00", 7),
    ("an open cut", [cut("10:00", None)], "09:00", "09 12:00", 1),
    ("an open cut over others", [cut("11:00", None), MORNING], "09:00", "09 12:00", 1),
]


@pytest.mark.parametrize(
    ("cuts", "start", "end", "expected"), [pytest.param(*row, id=name) for name, *row in ELAPSED]
)
def test_elapsed(cuts: list, start: str, end: str, expected: int) -> None:
    assert Timeline(BELGIAN, cuts).elapsed(second(start), second(end)) == expected * HOUR


# cuts, start, hours, the instant they are used up, the start of the next counted second
USED = [
    ("within a window", [], "09:00", 1, "10:00", "10:00"),
    ("at the edge of the window", [], "17:00", 1, "18:00", "09 08:00"),
    ("over night", [], "17:00", 2, "09 09:00", "09 09:00"),
    ("from the night", [], "20:00", 1, "09 09:00", "09 09:00"),
    ("over a weekend", [], "12 17:00", 1, "12 18:00", "15 08:00"),
    ("at the edge of a cut", [MORNING], "09:00", 1, "10:00", "12:00"),
    ("over a cut", [MORNING], "09:00", 2, "13:00", "13:00"),
    ("from within a cut", [MORNING], "11:00", 1, "13:00", "13:00"),
    ("a cut up to the edge of the window", [EDGE], "16:00", 1, "17:00", "09 08:00"),
    ("a cut over the edge of the window", [EVENING], "16:00", 1, "17:00", "09 09:00"),
    ("two cuts that touch", [MORNING, cut("12:00", "14:00")], "09:00", 1, "10:00", "14:00"),
    ("two cuts apart", [MORNING, cut("13:00", "14:00")], "09:00", 2, "13:00", "14:00"),
    ("nothing", [], "09:00", 0, "09:00", "09:00"),
    ("nothing, at night", [], "20:00", 0, "20:00", "09 08:00"),
    ("nothing, in a cut", [MORNING], "11:00", 0, "11:00", "12:00"),
    ("before an open cut", [cut("11:00", None)], "09:00", 1, "10:00", "10:00"),
    ("up to an open cut", [cut("10:00", None)], "09:00", 1, "10:00", None),
    ("beyond an open cut", [cut("10:00", None)], "09:00", 2, None, None),
    ("from within an open cut", [cut("10:00", None)], "11:00", 1, None, None),
    ("an open cut in the past", [cut("10:00", None)], "11:00", 0, "11:00", None),
]


@pytest.mark.parametrize(
    ("cuts", "start", "hours", "first", "following"),
    [pytest.param(*row, id=name) for name, *row in USED],
)
def test_used_and_counting_again(
    cuts: list, start: str, hours: int, first: str | None, following: str | None
) -> None:
    timeline = Timeline(BELGIAN, cuts)
    begun = second(start)
    assert shown(timeline.used_at(begun, hours * HOUR)) == shown(first and second(first))
    assert shown(timeline.counts_from(begun, hours * HOUR)) == shown(
        following and second(following)
    )


def shown(seconds: int | None) -> str | None:
    return None if seconds is None else from_epoch(seconds).isoformat()


@pytest.mark.parametrize(
    ("resumed", "expected"),
    [("11:00", "12:00"), ("09:30", "11:00"), ("20:00", "09 09:00"), ("09 07:00", "09 09:00")],
)
def test_a_resumption_ends_every_open_cut_but_begins_none_earlier(
    resumed: str, expected: str
) -> None:
    """Case T34. A resumption before the stop leaves nothing of it."""
    timeline = Timeline(BELGIAN, [cut("10:00", None), cut("10:30", None)])
    found = timeline.resumed(second(resumed)).used_at(second("09:00"), 2 * HOUR)
    assert from_epoch(found) == at(f"2026-06-{expected if ' ' in expected else '08 ' + expected}")


def test_a_resumption_leaves_ended_cuts_as_they_are() -> None:
    timeline = Timeline(BELGIAN, [cut("10:00", None), cut("11:00", "15:00")])
    found = timeline.resumed(second("12:00")).used_at(second("09:00"), 2 * HOUR)
    assert from_epoch(found) == at("2026-06-08 16:00")


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        ([], []),
        ([(0, 5, "a")], [(0, 5, "a")]),
        ([(0, 5, "a"), (3, 8, "b")], [(0, 3, "a"), (3, 5, "a"), (5, 8, "b")]),
        ([(3, 8, "a"), (0, 5, "b")], [(0, 3, "b"), (3, 5, "a"), (5, 8, "a")]),
        ([(2, 4, "a"), (0, 9, "b")], [(0, 2, "b"), (2, 4, "a"), (4, 9, "b")]),
        ([(0, 2, "a"), (5, 6, "b")], [(0, 2, "a"), (5, 6, "b")]),
        ([(4, 4, "a"), (5, 4, "b")], []),
    ],
)
def test_layers_give_each_second_its_first_cause(cuts: list, expected: list) -> None:
    assert Timeline(BELGIAN, cuts).layers == expected

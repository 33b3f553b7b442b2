"""What holds for every ticket. Rules SLA-1, SLA-2, SLA-6, CRD-1, CRD-2."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sla.clock import Facts, evaluate
from sla.credits import Breach
from sla.credits import credits as credits_of
from sla.facts import PriorityEntry, Resolution, Stop
from sla.interval import FOREVER, Interval, difference, intersection, to_epoch, total, union
from sla.terms import Basis, Kpi, Priority, StopReason
from sla.timeline import Timeline
from tests.sla.factories import BELGIAN, DESCRIPTION, at, document, hours, weekly

BEGIN = to_epoch(at("2026-01-01 00:00"))
YEAR = 366 * 86_400
instants = st.integers(BEGIN, BEGIN + YEAR)
lengths = st.integers(0, 20 * 86_400)
amounts = st.integers(0, 60 * 36_000)
spans = st.builds(lambda a, n: (a, a + n), instants, lengths)
cuts = st.lists(spans, max_size=6).map(lambda found: [(a, b, "stop:customer") for a, b in found])
MIXED = weekly(
    {
        **hours(["monday", "wednesday"], "00:00-02:30", "08:00-12:00", "13:30-18:00"),
        **hours(["sunday"], "00:00-24:00"),
    },
)
schedules = st.sampled_from([BELGIAN, MIXED])


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@given(schedules, instants, amounts)
def test_advance_and_elapsed_undo_each_other(schedule, start: int, seconds: int) -> None:
    due = schedule.advance(moment(start), seconds)
    assert schedule.elapsed(moment(start), due) == seconds


@given(schedules, instants, amounts.filter(bool))
def test_the_due_instant_is_the_earliest_one(schedule, start: int, seconds: int) -> None:
    due = schedule.advance(moment(start), seconds)
    assert schedule.elapsed(moment(start), due - timedelta(seconds=1)) == seconds - 1


@given(schedules, instants, amounts, amounts)
def test_advancing_twice_is_advancing_once(schedule, start: int, one: int, two: int) -> None:
    twice = schedule.advance(schedule.advance(moment(start), one), two)
    assert twice == schedule.advance(moment(start), one + two)


@given(schedules, instants, lengths, lengths)
def test_elapsed_adds_up(schedule, start: int, one: int, two: int) -> None:
    first, second, third = moment(start), moment(start + one), moment(start + one + two)
    parts = schedule.elapsed(first, second) + schedule.elapsed(second, third)
    assert parts == schedule.elapsed(first, third)
    assert 0 <= schedule.elapsed(first, second) <= one


@given(schedules, cuts, instants, amounts.filter(bool))
def test_with_stops_too_the_due_instant_is_the_earliest(schedule, stops, start, seconds) -> None:
    timeline = Timeline(schedule, stops)
    due = timeline.used_at(start, seconds)
    assert timeline.elapsed(start, due) == seconds
    assert timeline.elapsed(start, due - 1) == seconds - 1


@given(schedules, cuts, instants, amounts)
def test_the_breach_is_the_first_counted_second_after_the_due_instant(
    schedule, stops, start, seconds
) -> None:
    timeline = Timeline(schedule, stops)
    breach = timeline.counts_from(start, seconds)
    assert breach >= timeline.used_at(start, seconds)
    assert timeline.elapsed(start, breach) == seconds
    assert timeline.elapsed(start, breach + 1) == seconds + 1


@given(schedules, cuts, instants, lengths)
def test_a_stop_takes_no_more_than_it_lasts_and_never_adds(schedule, stops, start, length) -> None:
    plain, cut = Timeline(schedule), Timeline(schedule, stops)
    lost = plain.elapsed(start, start + length) - cut.elapsed(start, start + length)
    assert 0 <= lost <= total(union((a, b) for a, b, _ in stops))


@given(schedules, cuts, instants, lengths)
def test_the_order_of_stops_and_repetitions_change_nothing(schedule, stops, start, length) -> None:
    turned = Timeline(schedule, [*reversed(stops), *stops])
    assert turned.holes == Timeline(schedule, stops).holes
    expected = Timeline(schedule, stops).measure(start, start + length, 3_600)
    assert turned.measure(start, start + length, 3_600) == expected


@given(cuts, instants, instants)
def test_an_open_stop_hides_what_comes_after_it(stops, start: int, opened: int) -> None:
    whole = Timeline(BELGIAN, stops)
    cut = Timeline(BELGIAN, [*stops, (opened, FOREVER, "stop:customer")])
    used = whole.elapsed(start, max(opened, start))
    assert cut.used_at(start, used + 1) is None
    assert cut.used_at(start, used) == whole.used_at(start, used)
    assert cut.counts_from(start, used) is None
    resumed = cut.resumed(opened)
    assert resumed.used_at(start, used + 1) == whole.used_at(start, used + 1)


@st.composite
def tickets(draw) -> Facts:
    """Return consistent facts: a ticket of 2026 with stops, works, priorities and resolutions."""
    created = draw(instants)
    later = st.integers(created, created + 30 * 86_400)
    times = sorted(draw(st.lists(later, min_size=2, max_size=5, unique=True)))
    entries = [PriorityEntry(moment(created), draw(st.sampled_from(Priority)), Basis.INITIAL)]
    for time in draw(st.lists(later.filter(lambda t: t > created), max_size=3, unique=True)):
        basis = draw(st.sampled_from([Basis.CORRECTION, Basis.CHANGE]))
        entries.append(PriorityEntry(moment(time), draw(st.sampled_from(Priority)), basis))
    stops = []
    for start in draw(st.lists(later, max_size=4)):
        end = draw(st.none() | st.integers(start + 1, start + 5 * 86_400))
        reason = draw(st.sampled_from(StopReason))
        stops.append(Stop(moment(start), None if end is None else moment(end), reason))
    return Facts(
        created_at=moment(created),
        priorities=tuple(entries),
        as_of=moment(created + 31 * 86_400),
        notified_at=draw(st.none() | st.just(moment(created - 600))),
        intervention_started_at=draw(st.none() | later.map(moment)),
        resolutions=tuple(
            Resolution(moment(a), moment(b))
            for a, b in zip(times[:-1:2], times[1::2], strict=False)
        )
        + draw(st.sampled_from([(), (Resolution(moment(times[-1])),)])),
        stops=tuple(stops),
        planned_works=tuple(
            Interval(moment(a), moment(b)) for a, b in draw(st.lists(spans, max_size=2))
        ),
    )


@given(tickets())
def test_segments_cover_the_clock_join_and_add_up(facts: Facts) -> None:
    for clock in evaluate(facts, DESCRIPTION, BELGIAN, explain=True):
        end = clock.end or max(facts.as_of, clock.start)
        edges = [(s.start, s.end) for s in clock.segments]
        assert all(a < b for a, b in edges)
        assert all(one[1] == two[0] for one, two in pairwise(edges))
        if edges:
            assert (edges[0][0], edges[-1][1]) == (clock.start, end)
        else:
            assert clock.start == end
        assert sum(s.seconds for s in clock.segments if s.counted) == clock.elapsed_s


@given(tickets())
def test_neighbouring_segments_have_different_causes(facts: Facts) -> None:
    for clock in evaluate(facts, DESCRIPTION, BELGIAN, explain=True):
        for one, two in pairwise(clock.segments):
            assert (one.cause, one.name) != (two.cause, two.name)
            assert (one.name is not None) == (one.cause == "public_holiday")


@given(tickets(), st.randoms())
def test_the_order_of_facts_does_not_matter(facts: Facts, random) -> None:
    def shuffled(entries: tuple) -> tuple:
        return tuple(random.sample(entries, len(entries)))

    turned = replace(
        facts,
        priorities=shuffled(facts.priorities),
        stops=shuffled(facts.stops),
        resolutions=shuffled(facts.resolutions),
        planned_works=shuffled(facts.planned_works),
    )
    expected = evaluate(facts, DESCRIPTION, BELGIAN, explain=True)
    assert evaluate(turned, DESCRIPTION, BELGIAN, explain=True) == expected


@given(tickets())
def test_the_verdict_follows_the_counted_time(facts: Facts) -> None:
    for clock in evaluate(facts, DESCRIPTION, BELGIAN):
        assert (clock.state == "breached") == (clock.elapsed_s > clock.target_s)
        assert (clock.breached_at is not None) == (clock.state == "breached")
        assert clock.remaining_s == max(clock.target_s - clock.elapsed_s, 0)
        if clock.breached_at is not None:
            assert clock.due_at <= clock.breached_at
            assert clock.used_at(clock.target_s + 1) == clock.breached_at + timedelta(seconds=1)


@given(tickets())
def test_figures_do_not_depend_on_the_explanation(facts: Facts) -> None:
    plain = evaluate(facts, DESCRIPTION, BELGIAN)
    explained = evaluate(facts, DESCRIPTION, BELGIAN, explain=True)
    assert [replace(clock, segments=()) for clock in explained] == list(plain)


@given(tickets())
def test_an_open_clock_only_grows_with_time(facts: Facts) -> None:
    later = replace(facts, as_of=facts.as_of + timedelta(days=3))
    for now, then in zip(
        evaluate(facts, DESCRIPTION, BELGIAN), evaluate(later, DESCRIPTION, BELGIAN), strict=True
    ):
        assert now.elapsed_s <= then.elapsed_s
        assert (now.due_at, now.end) == (then.due_at, then.end)
        if now.state in {"met", "breached", "superseded"}:
            assert then.state == now.state


small = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple)
some = st.lists(small, max_size=6)


def seconds_of(found) -> set[int]:
    return {second for a, b in found for second in range(a, b)}


@given(some, some)
def test_the_algebra_of_spans_is_that_of_their_seconds(one, two) -> None:
    assert seconds_of(union(one)) == seconds_of(one)
    assert seconds_of(difference(one, two)) == seconds_of(one) - seconds_of(two)
    assert seconds_of(intersection(one, two)) == seconds_of(one) & seconds_of(two)
    assert total(union(one)) == len(seconds_of(one))
    for left, right in pairwise(union(one)):
        assert left[1] < right[0]


breaches = st.lists(
    st.tuples(
        st.sampled_from([Kpi.REACTION, Kpi.RESTORATION]), st.integers(0, 30 * 86_400), st.booleans()
    ),
    max_size=8,
).map(
    lambda rows: [
        Breach(f"INC-{n}", kpi, at("2026-03-01 00:00") + timedelta(seconds=s), ok)
        for n, (kpi, s, ok) in enumerate(rows)
    ]
)
money = st.decimals(0, 5_000, places=2)


def statement(found, fee: Decimal, paid: Decimal):
    return credits_of("2026-03", found, DESCRIPTION, monthly_fee=fee, recurring_paid=paid)


@given(breaches, money, money)
def test_credits_never_exceed_a_cap(found, fee: Decimal, paid: Decimal) -> None:
    lines = statement(found, fee, paid).lines
    cent = Decimal("0.005")
    for kpi, share in ((Kpi.REACTION, 25), (Kpi.RESTORATION, 50)):
        assert sum(x.amount for x in lines if x.kpi is kpi) <= fee * share / 100 + cent
    assert sum(x.amount for x in lines) == statement(found, fee, paid).total <= paid
    assert all(0 <= x.amount <= x.full for x in lines)
    assert all((x.amount == x.full) == (x.limited_by is None) or not x.full for x in lines)


@given(breaches, money, money, money)
def test_credits_grow_with_breaches_fees_and_payments(found, fee, paid, more: Decimal) -> None:
    whole = statement(found, fee, paid).total
    assert statement(found[1:], fee, paid).total <= whole
    assert statement(found, fee, paid + more).total >= whole
    assert statement(found, fee + more, paid).total >= whole


@given(breaches, money, money, st.randoms())
def test_the_order_of_breaches_does_not_matter(found, fee, paid, random) -> None:
    turned = random.sample(found, len(found))
    assert statement(turned, fee, paid) == statement(found, fee, paid)


@settings(max_examples=20)
@given(st.lists(instants, min_size=1, max_size=6))
def test_the_order_in_which_years_are_asked_for_changes_nothing(asked: list[int]) -> None:
    fresh = weekly(document()["support_window"])
    fresh_answers = [fresh.worked(at_) - fresh.worked(BEGIN) for at_ in asked]
    other = weekly(document()["support_window"])
    backwards = [other.worked(at_) for at_ in reversed(asked)][::-1]
    assert fresh_answers == [n - other.worked(BEGIN) for n in backwards]

"""Cases T73 to T83 as far as the engine carries them. Rules CRD-1, CRD-2, CRD-8, BIL-4, SLA-5."""

from decimal import Decimal

import pytest

from sla.clock import evaluate
from sla.credits import Breach, Statement
from sla.credits import credits as credits_of
from sla.errors import FactsError
from sla.policy import parse_description
from sla.terms import Kpi
from tests.sla.factories import BELGIAN, DESCRIPTION, at, clock, document, ticket


def breach(number: int, kpi: str = "reaction", when: str = "", *, valid: bool = True) -> Breach:
    """Return a breach of March 2026; the number orders them."""
    instant = at(when or f"2026-03-{number:02} 10:00")
    return Breach(f"INC-{number}", Kpi(kpi), instant, valid)


def given(*breaches: Breach, fee: str = "1000", paid: str | None = None) -> Statement:
    return credits_of(
        "2026-03",
        breaches,
        DESCRIPTION,
        monthly_fee=Decimal(fee),
        recurring_paid=Decimal(paid or fee),
    )


def amounts(statement: Statement) -> list[str]:
    return [str(line.amount) for line in statement.lines]


@pytest.mark.parametrize(
    ("count", "total"), [(0, "0"), (1, "100"), (2, "200"), (3, "250"), (4, "250")]
)
def test_T73_reaction_breaches(count: int, total: str) -> None:
    statement = given(*(breach(n) for n in range(1, count + 1)))
    assert statement.total == Decimal(total)


@pytest.mark.parametrize(
    ("reactions", "restorations", "total"), [(0, 2, "500"), (0, 3, "500"), (3, 3, "750")]
)
def test_T74_restoration_breaches(reactions: int, restorations: int, total: str) -> None:
    found = [breach(n) for n in range(1, reactions + 1)]
    found += [breach(n, "restoration") for n in range(11, restorations + 11)]
    assert given(*found).total == Decimal(total)


def test_T75_one_incident_that_breaches_both() -> None:
    assert given(breach(1), breach(1, "restoration")).total == Decimal(350)


def test_T76_cents_are_rounded_once_a_line_and_the_cap_holds() -> None:
    three = given(breach(1), breach(2), breach(3), fee="1234.55")
    assert amounts(three) == ["123.46", "123.46", "61.72"]
    assert three.total == Decimal("308.64")
    two = given(breach(1, "restoration"), breach(2, "restoration"), fee="1234.55")
    assert (amounts(two), two.total) == (["308.64", "308.64"], Decimal("617.28"))


def test_T77_a_breach_belongs_to_the_month_it_is_established_in() -> None:
    """Opened on 30 January, used up on Tuesday 3 February at 14:00."""
    late = clock(ticket("2026-01-30 10:00", resolutions="2026-02-03 14:00:01"), "restoration")
    assert late.breached_at == at("2026-02-03 14:00")
    found = Breach("INC-1", Kpi.RESTORATION, late.breached_at, is_validated=True)
    fees = {"monthly_fee": Decimal(500), "recurring_paid": Decimal(500)}
    assert credits_of("2026-02", [found], DESCRIPTION, **fees).total == Decimal(125)
    with pytest.raises(FactsError) as refused:
        credits_of("2026-01", [found], DESCRIPTION, **fees)
    path, message = refused.value.faults[0]
    assert (path, message) == ("breaches[0].breached_at", "belongs to 2026-02, not to 2026-01")


@pytest.mark.parametrize(
    ("instant", "is_march"),
    [
        ("2026-03-01 00:00", True),
        ("2026-02-28 23:59:59", False),
        ("2026-03-31 23:59:59", True),
        ("2026-04-01 00:00", False),
    ],
)
def test_T77_the_month_is_local(instant: str, is_march: bool) -> None:  # noqa: FBT001
    if is_march:
        assert len(given(breach(1, when=instant)).lines) == 1
    else:
        with pytest.raises(FactsError, match="not to 2026-03"):
            given(breach(1, when=instant))


def test_T81_the_same_incident_and_KPI_twice_is_refused() -> None:
    with pytest.raises(FactsError, match=r"breaches\[1\]: reaction of INC-1 is listed twice"):
        given(breach(1), breach(1, when="2026-03-02 10:00"))


def test_T82_a_missed_objective_of_best_effort_is_reported_and_gives_nothing() -> None:
    facts = ticket("2026-06-01 09:00", priority="P2", resolutions="2026-06-12 09:00")
    late = clock(facts, "restoration")
    assert (late.state, late.obligation) == ("breached", "SLO")
    assert DESCRIPTION.kpis[Kpi.RESTORATION, late.priority].credit is None


def test_a_KPI_without_credit_is_refused() -> None:
    with pytest.raises(FactsError, match=r"breaches\[0\]\.kpi: creation gives no credit"):
        given(breach(1, "creation"))


EXAMPLE = [breach(1), breach(2), breach(3), breach(4, "restoration"), breach(5, "restoration")]


def test_the_example_of_the_specification_in_full() -> None:
    """Rule CRD-1: the caps of each KPI are used up first come first served."""
    statement = given(*EXAMPLE, fee="500.00")
    assert amounts(statement) == ["50.00", "50.00", "25.00", "125.00", "125.00"]
    assert statement.total == Decimal("375.00")
    assert [line.limited_by for line in statement.lines] == [None, None, "kpi_cap", None, None]


def test_the_example_of_the_specification_in_a_started_month() -> None:
    """Rule CRD-2: no more than the recurring fees paid for the month."""
    statement = given(*EXAMPLE, fee="500.00", paid="183.33")
    assert amounts(statement) == ["50.00", "50.00", "25.00", "58.33", "0.00"]
    assert statement.total == Decimal("183.33")
    limits = [line.limited_by for line in statement.lines]
    assert limits == [None, None, "kpi_cap", "month_cap", "month_cap"]
    assert [str(line.full) for line in statement.lines] == ["50.00"] * 3 + ["125.00"] * 2


def test_what_is_not_validated_gives_nothing_and_uses_up_no_cap() -> None:
    """Rule CRD-8."""
    found = [breach(n, valid=n != 1) for n in range(1, 5)]
    statement = given(*found)
    assert amounts(statement) == ["0.00", "100.00", "100.00", "50.00"]
    limits = [line.limited_by for line in statement.lines]
    assert limits == ["not_validated", None, None, "kpi_cap"]


def test_the_earliest_breach_comes_first_then_the_smaller_ticket() -> None:
    same = "2026-03-05 10:00"
    found = [breach(3, when=same), breach(2, when=same), breach(4, when="2026-03-04 10:00")]
    tickets = [line.ticket for line in given(*found).lines]
    assert tickets == ["INC-4", "INC-2", "INC-3"]


def test_a_fraction_of_a_cent_that_was_paid_is_never_given_back_rounded_up() -> None:
    assert given(breach(1), paid="0.005").total == Decimal("0.00")


def test_percentages_and_caps_come_from_the_description() -> None:
    """Rules CAT-1 and CRD-1."""
    kpis = [
        {**kpi, "credit": {"percentage": "12.5", "monthly_cap": 20}} if "credit" in kpi else kpi
        for kpi in document()["kpis"]
    ]
    other = parse_description(document(kpis=kpis))
    statement = credits_of(
        "2026-03",
        [breach(1), breach(2)],
        other,
        monthly_fee=Decimal(100),
        recurring_paid=Decimal(100),
    )
    assert amounts(statement) == ["12.50", "7.50"]
    assert {line.clause for line in statement.lines} == {"§6.5"}


def test_a_P1_corrected_down_gives_no_breach_to_claim() -> None:
    """Case T46 in money."""
    facts = ticket(
        "2026-06-08 09:00", ("2026-06-08 12:00", "P2", "correction"), as_of="2026-06-08 12:00"
    )
    found = evaluate(facts, DESCRIPTION, BELGIAN)
    assert [(c.obligation, c.state) for c in found] == [("SLO", "breached"), ("SLO", "running")]

"""Service descriptions are data; faulty ones are refused by the path of the fault. Rule CAT-1."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sla.errors import DescriptionError
from sla.policy import DEFAULT_DESCRIPTION, load_description, parse_description
from sla.terms import Kpi, Obligation, Priority, Reopen
from tests.sla.factories import DESCRIPTION, document

P1, P2, P3, P4 = Priority
TABLE = [
    (Kpi.CREATION, P1, Obligation.SLO, 900, None),
    (Kpi.CREATION, P2, Obligation.SLO, 900, None),
    (Kpi.REACTION, P1, Obligation.SLA, 3_600, (10, 25)),
    (Kpi.REACTION, P2, Obligation.SLO, 7_200, None),
    (Kpi.RESTORATION, P1, Obligation.SLA, 86_400, (25, 50)),
    (Kpi.RESTORATION, P2, Obligation.SLO, 172_800, None),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} {row[1]}")
def test_the_table_of_the_contract(row: tuple) -> None:
    """Rules SLA-4, SLA-5 and CRD-1."""
    kpi, priority, obligation, target_s, credit = row
    target = DESCRIPTION.kpis[kpi, priority]
    assert (target.obligation, target.target_s, target.clause) == (obligation, target_s, "§6.5")
    found = target.credit and (target.credit.percentage, target.credit.monthly_cap)
    assert found == credit


def test_the_table_has_no_other_rows() -> None:
    assert DESCRIPTION.kpis.keys() == {(kpi, priority) for kpi, priority, *_ in TABLE}


def test_the_support_window_of_the_contract() -> None:
    """Rule SLA-1."""
    office = ((8 * 3_600, 18 * 3_600),)
    assert DESCRIPTION.week == (office,) * 5 + ((), ())
    assert str(DESCRIPTION.zone) == "Europe/Brussels"
    assert (DESCRIPTION.country, DESCRIPTION.reopen) == ("BE", Reopen.COUNTS)


def test_how_often_the_customer_hears_about_progress() -> None:
    """Rule INC-7."""
    assert DESCRIPTION.update_every_s == {P1: 3_600, P2: 7_200, P3: 28_800}
    assert DESCRIPTION.priorities.keys() == {P1, P2, P3, P4}


def test_dates_may_be_texts_as_the_portal_stores_them() -> None:
    plain = document(effective_from="2017-06-01")
    assert parse_description(plain) == DESCRIPTION
    assert DESCRIPTION.effective_from == date(2017, 6, 1)


def test_only_a_KPI_with_credit_gives_one() -> None:
    assert DESCRIPTION.credit_for(Kpi.CREATION) is None
    found = DESCRIPTION.credit_for(Kpi.RESTORATION)
    assert found.credit.percentage == Decimal(25)


def kpi(**changes: Any) -> dict[str, Any]:
    base = {"kpi": "reaction", "obligation": "SLA", "priorities": ["P1"], "target_s": 60}
    return {**base, "clause": "§1", **changes}


FAULTS = [
    ("version", {"version": ""}, "version: must be a text"),
    ("date", {"effective_from": "soon"}, "effective_from: must be a date such as 2026-03-06"),
    ("zone", {"zone": "Mars/Olympus"}, "zone: is no time zone"),
    ("zone path", {"zone": "../etc"}, "zone: is no time zone"),
    ("zone type", {"zone": 7}, "zone: must be a text"),
    ("unknown field", {"colour": "blue"}, "colour: unknown field"),
    ("reopen", {"reopen": "maybe"}, "reopen: must be one of counts, pauses"),
    ("no table", {"kpis": {}}, "kpis: must be a list"),
    ("holidays", {"public_holidays": True}, "public_holidays: must be a text"),
    ("weekday", {"support_window": {"mon": []}}, "support_window.mon: unknown field"),
    ("no week", {"support_window": []}, "support_window: must be an object"),
    (
        "span",
        {"support_window": {"monday": ["8-18"]}},
        'support_window.monday[0]: must be a span such as "08:00-18:00"',
    ),
    (
        "turned span",
        {"support_window": {"monday": ["18:00-08:00"]}},
        "support_window.monday[0]: must end after it starts, by 24:00",
    ),
    (
        "late span",
        {"support_window": {"monday": ["18:00-24:30"]}},
        "support_window.monday[0]: must end after it starts, by 24:00",
    ),
    (
        "overlap",
        {"support_window": {"monday": ["08:00-12:00", "11:00-13:00"]}},
        "support_window.monday[1]: must start after the one before it",
    ),
    ("priority", {"priorities": {"P9": {"impact": "x"}}}, "priorities.P9: unknown field"),
    ("impact", {"priorities": {"P1": {}}}, "priorities.P1.impact: missing"),
    (
        "update",
        {"priorities": {"P1": {"impact": "x", "update_every_s": 0}}},
        "priorities.P1.update_every_s: must be a whole number above 0",
    ),
    ("kpi", {"kpis": [kpi(kpi="joy")]}, "kpis[0].kpi: must be one of creation, reaction"),
    (
        "obligation",
        {"kpis": [kpi(obligation="OLA")]},
        "kpis[0].obligation: must be one of SLA, SLO",
    ),
    ("priorities", {"kpis": [kpi(priorities=["P7"])]}, "kpis[0].priorities[0]: must be one of P1"),
    ("target", {"kpis": [kpi(target_s=1.5)]}, "kpis[0].target_s: must be a whole number above 0"),
    ("target true", {"kpis": [kpi(target_s=True)]}, "kpis[0].target_s: must be a whole number"),
    ("twice", {"kpis": [kpi(), kpi()]}, "kpis[1]: a second target for reaction P1"),
    (
        "credit of an SLO",
        {"kpis": [kpi(obligation="SLO", credit={"percentage": 1, "monthly_cap": 2})]},
        "kpis[0].credit: an SLO gives no credit",
    ),
    (
        "percentage",
        {"kpis": [kpi(credit={"percentage": 0.1, "monthly_cap": 2})]},
        "kpis[0].credit.percentage: must be an amount",
    ),
    (
        "cap",
        {"kpis": [kpi(credit={"percentage": 1})]},
        "kpis[0].credit.monthly_cap: missing",
    ),
    (
        "closure",
        {"closures": [{"from": "2026-12-24", "to": "2026-12-23", "name": "x"}]},
        "closures[0].to: lies before the first day",
    ),
    (
        "closure name",
        {"closures": [{"from": "2026-12-24", "to": "2026-12-24"}]},
        "closures[0].name",
    ),
]


@pytest.mark.parametrize(
    ("changes", "message"), [pytest.param(*row, id=name) for name, *row in FAULTS]
)
def test_a_faulty_description_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(DescriptionError) as refused:
        parse_description(document(**changes))
    assert str(refused.value).startswith(message)
    assert len(refused.value.faults) == 1


OPTIONAL = {"public_holidays", "reopen", "history_from", "clauses"}


@pytest.mark.parametrize("field", sorted(document().keys() - OPTIONAL))
def test_a_missing_field_is_named(field: str) -> None:
    faulty = document()
    del faulty[field]
    with pytest.raises(DescriptionError, match=f"^{field}: missing$"):
        parse_description(faulty)


def test_all_faults_are_found_in_one_pass() -> None:
    with pytest.raises(DescriptionError) as refused:
        parse_description(document(zone="x", version=1, effective_from=3, reopen=None))
    assert [fault.path for fault in refused.value.faults] == ["version", "effective_from", "zone"]


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(DescriptionError, match="must be an object"):
        parse_description(["a", "list"])


def test_closures_of_the_description_close_the_window() -> None:
    found = parse_description(
        document(closures=[{"from": "2026-12-24", "to": "2027-01-02", "name": "between the years"}])
    )
    assert found.closures == ((date(2026, 12, 24), date(2027, 1, 2), "between the years"),)


def test_a_file_that_is_no_TOML_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "description.toml"
    file.write_text("name = ", encoding="utf-8")
    with pytest.raises(DescriptionError, match="not TOML"):
        load_description(file)
    file.write_bytes(b"name = '\xff'")
    with pytest.raises(DescriptionError, match="not TOML"):
        load_description(str(file))


def test_no_module_of_the_engine_knows_a_service_by_name() -> None:
    """A second service is added with a second file and no code."""
    folder = DEFAULT_DESCRIPTION.parent.parent
    for module in folder.glob("*.py"):
        text = module.read_text(encoding="utf-8").replace(DEFAULT_DESCRIPTION.name, "")
        assert "insights" not in text.lower(), module.name

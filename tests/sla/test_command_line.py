"""`python -m sla evaluate|credits`: results, faults by path and line, exits. Rules SLA-6, CRD-1."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sla.__main__ import main
from sla.policy import DEFAULT_DESCRIPTION

ROOT = Path(__file__).parents[2]
EXAMPLE = {
    "created_at": "2026-03-06T17:30:00+01:00",
    "notified_at": "2026-03-06T17:20:00+01:00",
    "active_from": "2025-01-01T00:00:00+01:00",
    "priorities": [{"at": "2026-03-06T17:30:00+01:00", "priority": "P1", "basis": "initial"}],
    "intervention_started_at": "2026-03-09T08:20:00+01:00",
    "resolutions": [{"at": "2026-03-11T11:30:00+01:00", "reopened_at": None}],
    "stops": [],
    "planned_works": [],
    "out_of_scope": None,
    "void": None,
    "as_of": "2026-03-12T00:00:00+01:00",
}
MONTH = {
    "month": "2026-03",
    "monthly_fee": "500.00",
    "recurring_paid": "500.00",
    "breaches": [
        {
            "ticket": "INC-1",
            "kpi": "reaction",
            "breached_at": "2026-03-05T10:00:00+01:00",
            "validated": True,
        },
    ],
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary):
    """Return a function that runs a command on some input: (exit, output, error lines)."""

    def run_it(text: str | bytes, *arguments: str) -> tuple[int, bytes, list[str]]:
        data = text.encode() if isinstance(text, str) else text
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = main(arguments)
        shown = capfdbinary.readouterr()
        return code, shown.out, shown.err.decode().splitlines()

    return run_it


def test_the_example_of_the_specification_in_full(run) -> None:
    code, out, errors = run(json.dumps(EXAMPLE), "evaluate")
    assert (code, errors) == (0, [])
    creation, reaction, restoration = json.loads(out)["kpis"]
    assert creation["elapsed_s"] == 600
    assert restoration["due_at"] == "2026-03-11T11:30:00+01:00"
    assert reaction == {
        "kpi": "reaction",
        "obligation": "SLA",
        "priority": "P1",
        "clause": "§6.5",
        "target_s": 3_600,
        "start": "2026-03-06T17:30:00+01:00",
        "end": "2026-03-09T08:20:00+01:00",
        "elapsed_s": 3_000,
        "remaining_s": 600,
        "state": "met",
        "reason": None,
        "due_at": "2026-03-09T08:30:00+01:00",
        "breached_at": None,
        "segments": [
            {
                "from": "2026-03-06T17:30:00+01:00",
                "to": "2026-03-06T18:00:00+01:00",
                "seconds": 1_800,
                "counted": True,
                "cause": None,
            },
            {
                "from": "2026-03-06T18:00:00+01:00",
                "to": "2026-03-09T08:00:00+01:00",
                "seconds": 223_200,
                "counted": False,
                "cause": "outside_window",
            },
            {
                "from": "2026-03-09T08:00:00+01:00",
                "to": "2026-03-09T08:20:00+01:00",
                "seconds": 1_200,
                "counted": True,
                "cause": None,
            },
        ],
    }


def test_a_public_holiday_is_named_in_its_segment(run) -> None:
    facts = EXAMPLE | {
        "created_at": "2026-04-30T17:30:00+02:00",
        "notified_at": None,
        "priorities": [{"at": "2026-04-30T17:30:00+02:00", "priority": "P1", "basis": "initial"}],
        "intervention_started_at": None,
        "resolutions": [],
        "as_of": "2026-05-04T08:00:00+02:00",
    }
    _, out, _ = run(json.dumps(facts), "evaluate")
    segments = json.loads(out)["kpis"][0]["segments"]
    assert [(s["cause"], s.get("name"), s["seconds"]) for s in segments] == [
        (None, None, 1_800),
        ("outside_window", None, 14 * 3_600),
        ("public_holiday", "Labor Day", 36_000),
        ("outside_window", None, 62 * 3_600),
    ]
    assert "name" not in segments[1]


def test_only_three_fields_are_required(run) -> None:
    needed = {key: EXAMPLE[key] for key in ("created_at", "priorities", "as_of")}
    code, out, _ = run(json.dumps(needed), "evaluate", "-")
    assert code == 0
    assert [kpi["kpi"] for kpi in json.loads(out)["kpis"]] == ["reaction", "restoration"]


def test_what_does_not_apply_says_so(run) -> None:
    code, out, _ = run(json.dumps(EXAMPLE | {"void": "duplicate"}), "evaluate")
    found = json.loads(out)["kpis"]
    assert code == 0
    assert {(k["state"], k["reason"], k["elapsed_s"]) for k in found} == {
        ("not_applicable", "void", None),
    }


def stops(**entry: Any) -> dict[str, Any]:
    first = {"from": "2026-03-06T17:40:00+01:00", "to": None, "reason": "customer"}
    return {"stops": [first, {**first, **entry}]}


PRIORITY = EXAMPLE["priorities"][0]
LATER = {"at": "2026-03-07T10:00:00+01:00", "priority": "P2", "basis": "change"}
RESOLVED = {"at": "2026-03-10T10:00:00+01:00", "reopened_at": None}
FAULTS = [
    ("unknown field", {"colour": "red"}, "colour: unknown field"),
    ("missing field", {"as_of": None}, "as_of: missing"),
    ("no offset", {"created_at": "2026-03-06T17:30:00"}, "created_at: has no offset from UTC"),
    ("no instant", {"as_of": "now"}, "as_of: must be an instant such as"),
    ("a number", {"as_of": 5}, "as_of: must be an instant such as"),
    ("too far", {"as_of": "9999-01-01T00:00:00Z"}, "as_of: must lie in the years 1970 to 2098"),
    (
        "read before created",
        {"as_of": "2026-03-06T10:00:00+01:00"},
        "as_of: lies before the creation",
    ),
    (
        "created before notified",
        {"notified_at": "2026-03-06T17:30:01+01:00"},
        "notified_at: lies after the creation",
    ),
    (
        "intervention before creation",
        {"intervention_started_at": "2026-03-06T17:29:59+01:00"},
        "intervention_started_at: lies before the creation",
    ),
    ("stop turned", stops(to="2026-03-06T17:39:00+01:00"), "stops[1].to: must lie after the start"),
    ("stop empty", stops(to="2026-03-06T17:40:00+01:00"), "stops[1].to: must lie after the start"),
    (
        "stop early",
        stops(**{"from": "2026-03-06T16:00:00Z"}),
        "stops[1].from: lies before the creation",
    ),
    (
        "stop reason",
        stops(reason="lunch"),
        "stops[1].reason: must be one of customer, force_majeure",
    ),
    ("stop without reason", stops(reason=None), "stops[1].reason: missing"),
    ("stop note", stops(note="x"), "stops[1].note: unknown field"),
    ("stops no list", {"stops": {}}, "stops: must be a list"),
    ("stop no object", {"stops": ["x"]}, "stops[0]: must be an object"),
    ("no priority", {"priorities": []}, "priorities: has no initial priority"),
    (
        "priority",
        {"priorities": [{**PRIORITY, "priority": "P5"}]},
        "priorities[0].priority: must be",
    ),
    (
        "basis",
        {"priorities": [{**PRIORITY, "basis": "guess"}]},
        "priorities[0].basis: must be one of",
    ),
    ("no initial", {"priorities": [LATER]}, "priorities: has no initial priority"),
    ("two initial", {"priorities": [PRIORITY, PRIORITY]}, "priorities[1]: is a second initial"),
    (
        "before initial",
        {"priorities": [LATER, {**PRIORITY, "at": "2026-03-08T10:00:00+01:00"}]},
        "priorities[0]: lies before the initial priority",
    ),
    (
        "reopened before resolved",
        {"resolutions": [{**RESOLVED, "reopened_at": "2026-03-10T09:00:00+01:00"}]},
        "resolutions[0].reopened_at: lies before the resolution",
    ),
    (
        "resolved twice",
        {"resolutions": [RESOLVED, {**RESOLVED, "at": "2026-03-11T10:00:00+01:00"}]},
        "resolutions[1]: lies within a resolution that was not reopened by then",
    ),
    (
        "works turned",
        {"planned_works": [{"from": "2026-03-10T10:00:00Z", "to": "2026-03-10T09:00:00Z"}]},
        "planned_works[0].to: lies before the start",
    ),
    (
        "works open",
        {"planned_works": [{"from": "2026-03-10T10:00:00Z"}]},
        "planned_works[0].to: missing",
    ),
    ("empty cause", {"void": ""}, "void: must be a text"),
]


@pytest.mark.parametrize(
    ("changes", "message"), [pytest.param(*row, id=name) for name, *row in FAULTS]
)
def test_faulty_facts_exit_with_2_and_one_line_by_path(run, changes: dict, message: str) -> None:
    code, out, errors = run(json.dumps(EXAMPLE | changes), "evaluate")
    assert (code, out, len(errors)) == (2, b"", 1)
    assert errors[0].startswith(message)


def test_every_fault_has_its_line(run) -> None:
    faulty = EXAMPLE | {"as_of": "x", "colour": 1} | stops(reason="lunch", to="y")
    code, _, errors = run(json.dumps(faulty), "evaluate")
    assert code == 2
    assert {line.split(":")[0] for line in errors} == {
        "as_of", "colour", "stops[1].reason", "stops[1].to",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[1]", '"text"', '{"a": NaN}', b"\xff\xfe", "[" * 100_000, '{"created_at":'],
    ids=["empty", "word", "list", "string", "NaN", "bytes", "deep", "cut off"],
)
def test_what_is_no_object_of_JSON_is_refused(run, text: str | bytes) -> None:
    code, out, errors = run(text, "evaluate")
    assert (code, out) == (2, b"")
    assert errors[0].startswith(("not JSON", "must be an object", "a: unknown field"))


def test_a_key_given_twice_is_refused_by_its_path(run) -> None:
    text = json.dumps(EXAMPLE).replace('"basis"', '"priority": "P4", "basis"')
    code, out, errors = run(text, "evaluate")
    assert (code, out, errors) == (2, b"", ["priorities[0].priority: is given twice"])
    text = json.dumps(MONTH).replace('"breaches"', '"monthly_fee": "1.00", "breaches"')
    assert run(text, "credits")[2] == ["monthly_fee: is given twice"]


def test_a_line_with_a_key_given_twice_is_refused_by_its_number(run) -> None:
    line = json.dumps(EXAMPLE)
    twice = line.replace("{", '{"void": "x", ', 1)
    code, _, errors = run(f"{line}\n{twice}\n", "evaluate", "--lines")
    assert (code, errors) == (2, ["line 2: void: is given twice"])


@pytest.mark.parametrize("amount", ["1e5", "1.5E2", "5e-1", '"1e5"'])
def test_an_amount_with_an_exponent_is_refused_with_the_plain_form(run, amount: str) -> None:
    text = json.dumps(MONTH | {"monthly_fee": 0}).replace(
        '"monthly_fee": 0', f'"monthly_fee": {amount}'
    )
    code, _, errors = run(text, "credits")
    assert (code, errors) == (2, ['monthly_fee: must be an amount such as "500.00"'])


def test_a_name_that_would_break_the_line_is_written_out(run) -> None:
    _, _, errors = run(json.dumps(EXAMPLE | {"a\nb": 1}), "evaluate")
    assert errors == ["'a\\nb': unknown field"]


def test_lines_give_one_result_each_and_faults_with_their_number(run) -> None:
    other = EXAMPLE | {"void": "x"}
    bad = EXAMPLE | stops(reason="lunch")
    lines = [json.dumps(EXAMPLE), "nonsense", "", json.dumps(bad), json.dumps(other)]
    code, out, errors = run("\n".join(lines) + "\n", "evaluate", "--lines")
    results = [json.loads(line) for line in out.splitlines()]
    assert code == 2
    assert [r["kpis"][0]["state"] for r in results] == ["met", "not_applicable"]
    assert [error.split(": ")[0] for error in errors] == ["line 2", "line 4"]
    assert errors[1].startswith("line 4: stops[1].reason: must be one of")


def test_lines_without_faults_exit_with_0_and_equal_the_single_call(run) -> None:
    code, out, errors = run(json.dumps(EXAMPLE) + "\n", "evaluate", "--lines")
    _, single, _ = run(json.dumps(EXAMPLE), "evaluate")
    assert (code, errors) == (0, [])
    assert json.loads(out) == json.loads(single)


def test_the_last_year_that_can_be_asked_for(run) -> None:
    late = "2098-12-30T16:00:00Z"
    facts = {
        "created_at": late,
        "as_of": late,
        "active_from": "1970-01-01T00:00:00Z",
        "priorities": [{"at": late, "priority": "P2", "basis": "initial"}],
    }
    code, out, _ = run(json.dumps(facts), "evaluate", "--lines")
    assert code == 0
    assert json.loads(out)["kpis"][1]["due_at"].startswith("2099-01-07T15:00:00")


def test_a_calendar_that_does_not_open_again_is_a_fault_of_the_line(run, tmp_path: Path) -> None:
    """Case T12: an error, never an endless loop."""
    text = DEFAULT_DESCRIPTION.read_text(encoding="utf-8")
    for year in range(2026, 2100, 9):
        closure = f'from = {year}-03-12\nto = {year + 9}-03-11\nname = "closed"'
        text += f"\n[[closures]]\n{closure}\n"
    file = tmp_path / "closed.toml"
    file.write_text(text, encoding="utf-8")
    line = json.dumps(EXAMPLE | {"priorities": [{**PRIORITY, "priority": "P2"}]})
    code, _, errors = run(line, "evaluate", "--lines", "--catalogue", str(file))
    assert code == 2
    assert errors == ["line 1: the support window is not open long enough before 2100"]


def test_a_file_is_read_and_a_missing_one_is_named(run, tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(EXAMPLE).encode())
    assert run("", "evaluate", str(file))[0] == 0
    code, _, errors = run("", "evaluate", str(tmp_path / "none.json"))
    assert code == 2
    assert "none.json" in errors[0]


def test_a_faulty_catalogue_is_named(run, tmp_path: Path) -> None:
    """Rule CAT-1."""
    file = tmp_path / "catalogue.toml"
    file.write_text('name = "x"\n', encoding="utf-8")
    code, _, errors = run(json.dumps(EXAMPLE), "evaluate", "--catalogue", str(file))
    assert code == 2
    assert f"{file}: kpis: missing" in errors


def test_the_credits_of_a_month(run) -> None:
    code, out, errors = run(json.dumps(MONTH), "credits")
    assert (code, errors) == (0, [])
    assert json.loads(out) == {
        "lines": [
            {
                "ticket": "INC-1",
                "kpi": "reaction",
                "percentage": "10",
                "full": "50.00",
                "amount": "50.00",
                "limited_by": None,
                "clause": "§6.5",
            },
        ],
        "total": "50.00",
    }


def test_a_month_without_breaches(run) -> None:
    code, out, _ = run(json.dumps(MONTH | {"breaches": []}), "credits")
    assert (code, json.loads(out)) == (0, {"lines": [], "total": "0.00"})


BREACH = MONTH["breaches"][0]


def breaches(**changes: Any) -> dict[str, Any]:
    return {"breaches": [{**BREACH, **changes}]}


MONEY_FAULTS = [
    ("month", {"month": "2026-13"}, "month: must be a month such as 2026-03"),
    ("month type", {"month": 202603}, "month: must be a month such as 2026-03"),
    ("fee", {"monthly_fee": "much"}, "monthly_fee: must be an amount"),
    ("negative", {"monthly_fee": "-1"}, "monthly_fee: must be an amount"),
    ("infinite", {"monthly_fee": "Infinity"}, "monthly_fee: must be an amount"),
    ("true", {"recurring_paid": True}, "recurring_paid: must be an amount"),
    ("huge", {"recurring_paid": "1e30"}, "recurring_paid: must be an amount"),
    ("missing", {"recurring_paid": None}, "recurring_paid: missing"),
    ("unknown", {"tax": 1}, "tax: unknown field"),
    ("kpi", breaches(kpi="joy"), "breaches[0].kpi: must be one of"),
    ("no credit", breaches(kpi="creation"), "breaches[0].kpi: creation gives no credit"),
    ("ticket", breaches(ticket=" "), "breaches[0].ticket: must be a text"),
    ("validated", breaches(validated="yes"), "breaches[0].validated: must be true or false"),
    ("no offset", breaches(breached_at="2026-03-05T10:00:00"), "breaches[0].breached_at: has no"),
    (
        "other month",
        breaches(breached_at="2026-03-31T22:00:00Z"),
        "breaches[0].breached_at: belongs to 2026-04, not to 2026-03",
    ),
    ("twice", {"breaches": [BREACH, BREACH]}, "breaches[1]: reaction of INC-1 is listed twice"),
]


@pytest.mark.parametrize(
    ("changes", "message"), [pytest.param(*row, id=name) for name, *row in MONEY_FAULTS]
)
def test_faulty_months_exit_with_2_and_one_line_by_path(run, changes: dict, message: str) -> None:
    """Rules CRD-2 and BIL-4."""
    code, out, errors = run(json.dumps(MONTH | changes), "credits")
    assert (code, out, len(errors)) == (2, b"", 1)
    assert errors[0].startswith(message)


def test_amounts_may_be_exact_numbers_of_JSON(run) -> None:
    code, out, _ = run(json.dumps(MONTH).replace('"500.00"', "1234.55"), "credits")
    assert (code, json.loads(out)["total"]) == (0, "123.46")


@pytest.mark.parametrize("arguments", [[], ["explain"], ["credits", "--lines"]])
def test_an_unknown_command_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sla", "evaluate"],
        input=json.dumps(EXAMPLE | {"colour": "red"}),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "colour: unknown field\n")


def test_a_reader_that_goes_away_ends_the_program_quietly() -> None:
    line = json.dumps(EXAMPLE) + "\n"
    with subprocess.Popen(
        [sys.executable, "-m", "sla", "evaluate", "--lines"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as program:
        program.stdout.close()
        _, errors = program.communicate((line * 50).encode())
    assert errors == b""

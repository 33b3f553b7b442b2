"""What a service sells, from its file; faults by path, all in one pass. Rules CAT-1, CAT-2."""

import copy
import json
import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.catalogue import Availability, Party, Recurring, Span
from sla.errors import DescriptionError
from sla.policy import DEFAULT_DESCRIPTION, load_description, parse_description, read_toml
from tests.sla.invented import night_watch, words

CATALOGUE = load_description(DEFAULT_DESCRIPTION).catalogue
MATRIX = """
invoice_download              DEF  DEF
billing_data                  DEF  DEF
call_details                  DEF  DEF
raw_data                      OPT  OPT
standard_reports              DEF  DEF
advanced_reports              –    DEF
manual_reference_data         DEF  DEF
bulk_reference_data           –    DEF
configuration_and_activation  DEF  DEF
basic_training                –    DEF
consultancy                   OPT  OPT
custom_training               OPT  OPT
service_desk_access           DEF  DEF
incident_management           DEF  DEF
configuration_management      DEF  DEF
evolution_management          DEF  DEF
"""
ROWS = [row.split() for row in MATRIX.strip().splitlines()]


@pytest.mark.parametrize(("component", "plus", "advanced"), ROWS, ids=[row[0] for row in ROWS])
def test_cat_2_the_matrix_of_the_contract(component: str, plus: str, advanced: str) -> None:
    found = [CATALOGUE.availability(component, name) or "–" for name in ("plus", "advanced")]
    assert found == [plus, advanced]


def test_cat_2_the_matrix_has_no_other_rows_and_no_other_columns() -> None:
    assert list(CATALOGUE.components) == [row[0] for row in ROWS]
    assert list(CATALOGUE.subscriptions) == ["plus", "advanced"]
    assert CATALOGUE.availability("invoice_download", "gold") is None
    assert CATALOGUE.availability("gold", "plus") is None


def test_cat_2_options_are_offered_from_the_matrix_only() -> None:
    for name in CATALOGUE.subscriptions:
        offered = [component.key for component in CATALOGUE.options_of(name)]
        assert offered == ["raw_data", "consultancy", "custom_training"]


def test_every_name_has_three_languages_and_every_component_its_clause() -> None:
    for component in CATALOGUE.components.values():
        assert component.name.keys() == {"fr", "nl", "en"}
        assert component.clause.startswith("§")


def test_bil_3_the_fees_of_the_price_list() -> None:
    fees = CATALOGUE.fees
    assert (fees.currency, fees.vat_percentage, fees.payment_days) == ("EUR", 21, 30)
    assert fees.recurring == {
        "plus": Recurring(Decimal("45.00"), Decimal("12.50")),
        "advanced": Recurring(Decimal("95.00"), Decimal("18.00")),
    }
    assert fees.options == {"raw_data": Decimal("30.00")}


def test_cns_1_bil_1_consultancy_is_an_option_with_one_off_fees() -> None:
    """Rule CNS-1, §4.3.1: ordered as an option, invoiced afterwards, by the hour or the day."""
    found = {
        key: fee.price
        for key, fee in CATALOGUE.fees.one_off.items()
        if fee.component == "consultancy"
    }
    assert found == {"consultancy_hour": Decimal("145.00"), "consultancy_day": Decimal("1050.00")}
    assert CATALOGUE.availability("consultancy", "plus") is Availability.OPTION
    assert "consultancy" not in CATALOGUE.fees.options


def test_con_2_con_3_con_4_trn_1_the_periods_of_the_contract() -> None:
    assert CATALOGUE.notice == {Party.CUSTOMER: Span(days=30), Party.PROVIDER: Span(months=3)}
    inactivity = CATALOGUE.inactivity
    assert (inactivity.months, inactivity.warn_after_months) == (6, 5)
    assert CATALOGUE.training_window == Span(months=6)
    assert CATALOGUE.deletion_wait == Span(days=14)
    assert CATALOGUE.history_from == date(2017, 6, 1)


@pytest.mark.parametrize(
    ("key", "months", "clause"),
    [
        ("invoice_pdf", 24, "§3.1.1"),  # INV-5
        ("invoice_data", 24, "§3.1.2"),  # INV-6
        ("call_details", 12, "§3.1.3"),  # INV-7
    ],
)
def test_how_long_data_are_kept(key: str, months: int, clause: str) -> None:
    found = CATALOGUE.retention[key]
    assert (found.days, found.months, found.clause) == (0, months, clause)


def test_imp_1_the_steps_of_each_subscription() -> None:
    steps = {name: [s.key for s in CATALOGUE.steps_of(name)] for name in CATALOGUE.subscriptions}
    common = ["configure", "associate_accounts", "activate"]
    assert steps == {"plus": common, "advanced": [*common, "basic_training"]}
    assert [step.key for step in CATALOGUE.steps if step.activates] == ["activate"]


def test_imp_3_what_the_implementation_leaves_out() -> None:
    assert [extra.key for extra in CATALOGUE.extras] == ["older_invoices", "other_operators"]


def test_cat_1_an_invented_service_is_read_like_any_other() -> None:
    found = parse_description(night_watch()).catalogue
    assert found.availability("lantern", "noon") is Availability.OPTION
    assert found.availability("whistle", "noon") is None
    assert found.notice == {Party.CUSTOMER: Span(months=1), Party.PROVIDER: Span(days=45)}
    assert [step.key for step in found.steps_of("dawn")] == ["light", "walk"]


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the invented service with one value replaced; `…` takes it out."""
    document = night_watch()
    *way, last = path.split("/")
    place: Any = document
    for name in way:
        place = place[int(name) if isinstance(place, list) else name]
    if value is ...:
        del place[int(last) if isinstance(place, list) else last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return document


EVERY_SUBSCRIPTION = "the step that activates the service is for every subscription"
FAULTS = [
    ("subscriptions/name", words("Name"), "subscriptions.name: is a word of the description"),
    ("subscriptions/clause", words("C"), "subscriptions.clause: is a word of the description"),
    ("subscriptions/Gold!", words("Gold"), "subscriptions.Gold!: must be named by small letters"),
    ("subscriptions", {}, "subscriptions: names no subscription"),
    ("subscriptions/dusk/nl", ..., "subscriptions.dusk.nl: missing"),
    ("subscriptions/dusk/de", "Abend", "subscriptions.dusk.de: unknown field"),
    ("components", {}, "components: names no component"),
    ("components/lantern/name/en", " ", "components.lantern.name.en: must be a text"),
    ("components/lantern/midnight", "DEF", "components.lantern.midnight: is no subscription"),
    ("components/lantern/dusk", "MAYBE", "components.lantern.dusk: must be one of DEF, OPT"),
    ("components/lantern/clause", ..., "components.lantern.clause: missing"),
    ("components/rope", {"name": words("Rope"), "clause": "1"}, "components.rope: no subscription"),
    ("fees/currency", "USD", "fees.currency: must be EUR"),
    ("fees/vat_percentage", "101", "fees.vat_percentage: must be at most 100"),
    ("fees/payment_days", 0, "fees.payment_days: must be a whole number above 0"),
    ("fees/recurring/noon", ..., "fees.recurring.noon: missing"),
    ("fees/recurring/night", {}, "fees.recurring.night: is no subscription"),
    ("fees/recurring/dusk/customer_id", 0.99, "fees.recurring.dusk.customer_id: must be an amount"),
    ("fees/recurring/dusk/customer_id", "-1", "fees.recurring.dusk.customer_id: must be an amount"),
    ("fees/recurring/dusk/customer_id", "1e3", "fees.recurring.dusk.customer_id: must be an"),
    ("fees/recurring/dusk/customer_id", "٣", "fees.recurring.dusk.customer_id: must be an amount"),
    ("fees/options/incident_management", "1", "fees.options.incident_management: is no option"),
    ("fees/options/rope", "1", "fees.options.rope: is no option of any subscription"),
    ("fees/options/whistle", ..., "fees.options.whistle: the option has no price"),
    ("fees/one_off/oil/component", "rope", "fees.one_off.oil.component: is no component"),
    ("fees/one_off/oil/name/fr", ..., "fees.one_off.oil.name.fr: missing"),
    ("notice/provider", ..., "notice.provider: missing"),
    ("notice/provider", {"days": 1, "months": 1}, "notice.provider: must have either days or"),
    ("notice/provider/days", 10**9, "notice.provider.days: must be at most 36500"),
    ("retention/rounds/name", ..., "retention.rounds.name: missing"),
    ("retention/rounds/weeks", 3, "retention.rounds.weeks: unknown field"),
    ("inactivity/warn_after_months", 2, "inactivity.warn_after_months: must come before"),
    ("inactivity/is_charged", "yes", "inactivity.is_charged: must be true or false"),
    ("implementation/steps/1/key", "light", "implementation.steps[1].key: a second light"),
    ("implementation/steps/1/key", "A b", "implementation.steps[1].key: must be small letters"),
    ("implementation/steps/1/activates", True, "implementation.steps: exactly one step"),
    ("implementation/steps", [], "implementation.steps: exactly one step activates the service"),
    ("implementation/steps/0/subscriptions", ["dusk"],
     f"implementation.steps[0]: {EVERY_SUBSCRIPTION}"),
    ("implementation/steps/0/needs_activation", True,
     "implementation.steps[0]: the step that activates the service cannot wait"),
    ("implementation/steps/1/subscriptions", ["night"],
     "implementation.steps[1].subscriptions[0]: is no subscription"),
    ("implementation/steps/1/subscriptions", [["dawn"]],
     "implementation.steps[1].subscriptions[0]: is no subscription"),
    ("implementation/steps/1/subscriptions", [],
     "implementation.steps[1].subscriptions: names no subscription"),
    ("implementation/extras/0/key", ..., "implementation.extras[0].key: missing"),
    ("deletion_wait", ..., "deletion_wait: missing"),
    ("history_from", "June", "history_from: must be a date such as 2026-03-06"),
    ("clauses", {"joy": "§1"}, "clauses.joy: unknown field"),
    ("name", "N" * 101, "name: must have at most 100 characters"),
    ("version", "1\x00", "version: holds a sign that cannot be written"),
    ("version", "\ud800", "version: holds a sign that cannot be written"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "fault"), FAULTS, ids=[f"{p} {v!r:.20}" for p, v, _ in FAULTS]
)
def test_a_fault_of_what_is_sold_is_named_by_its_path(path: str, value: object, fault: str) -> None:
    with pytest.raises(DescriptionError) as refused:
        parse_description(changed(path, value))
    assert len(refused.value.faults) == 1, refused.value
    assert str(refused.value).startswith(fault)


def test_all_faults_of_what_is_sold_are_found_in_one_pass() -> None:
    document = changed("fees/vat_percentage", "much")
    document["subscriptions"]["dusk"].pop("fr")
    document["components"]["whistle"]["dawn"] = 3
    document["notice"]["customer"] = {}
    document["implementation"]["steps"][1]["key"] = "light"
    del document["deletion_wait"]
    with pytest.raises(DescriptionError) as refused:
        parse_description(document)
    assert {fault.path for fault in refused.value.faults} == {
        "deletion_wait",
        "subscriptions.dusk.fr",
        "components.whistle.dawn",
        "fees.vat_percentage",
        "notice.customer",
        "implementation.steps[1].key",
    }


@pytest.mark.parametrize(
    "content",
    [b"name = ", b"\xff", b"a = " + b"[" * 50_000, b"a = " + b"9" * 5_000, b"a = 1\na = 2"],
    ids=["torn", "no UTF-8", "brackets", "digits", "twice"],
)
def test_what_is_no_toml_is_one_fault(content: bytes) -> None:
    with pytest.raises(DescriptionError, match="not TOML"):
        read_toml(content)


def test_a_file_may_begin_with_the_mark_of_an_editor() -> None:
    assert read_toml(b"\xef\xbb\xbfname = 'x'") == {"name": "x"}


KEYS = st.text(max_size=8) | st.sampled_from(["name", "fr", "days"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates()
    | st.datetimes() | st.times() | st.sampled_from([10**4_000, "DEF", "OPT", "P1", "en", "1e9"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [way] if way else []
    if isinstance(value, dict | list):
        for key, entry in inner:
            found += places(entry, (*way, key)) if isinstance(entry, dict | list) else [(*way, key)]
    return found


FILE = tomllib.loads(DEFAULT_DESCRIPTION.read_text(encoding="utf-8"))
DOCUMENTS = [FILE, night_watch()]
PLACES = [(n, way) for n, document in enumerate(DOCUMENTS) for way in places(document)]


def replaced(document: Any, way: tuple[Any, ...], value: Any) -> Any:
    """Return a document with one value replaced."""
    whole = copy.deepcopy(document)
    place = whole
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = value
    return whole


def is_read_or_refused(document: Any) -> None:
    try:
        found = parse_description(document)
    except DescriptionError as error:
        assert error.faults  # noqa: PT017 (either outcome is right; no other is)
        str(error).encode()
    else:
        assert found.catalogue is None or found.catalogue.fees


@settings(max_examples=1_500, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=4))
def test_whatever_stands_in_a_document_it_is_read_or_refused(changes: list[Any]) -> None:
    number = changes[0][0][0]
    document = DOCUMENTS[number]
    for (of, way), value in changes:
        if of == number:
            try:
                document = replaced(document, way, value)
            except (KeyError, IndexError, TypeError):
                continue  # an earlier change took the place away
    is_read_or_refused(document)


@settings(max_examples=300, deadline=None)
@given(ANYTHING)
def test_whatever_is_given_as_a_description_is_read_or_refused(document: Any) -> None:
    is_read_or_refused(document)


def test_a_description_survives_json() -> None:
    """The portal stores it as JSON."""
    plain = json.loads(json.dumps(FILE, default=str))
    assert parse_description(plain) == parse_description(FILE)

"""Service descriptions in the portal: registered whole, read in words, compared. Rule CAT-1."""

import copy
import io
import tomllib
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from ops_portal.accounts.models import User
from ops_portal.contracts.description_differences import differences
from ops_portal.contracts.description_faults import sentence_of
from ops_portal.contracts.description_lines import lines_of
from ops_portal.contracts.description_operations import register_file
from ops_portal.contracts.description_queries import (
    description_in_force,
    descriptions_in_force,
    versions,
)
from ops_portal.contracts.models import ServiceDescription
from ops_portal.contracts.queries import catalogue
from ops_portal.core.audit import AuditEntry
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.web.languages import speaking_to
from sla.errors import DescriptionError
from sla.policy import DEFAULT_DESCRIPTION, parse_description
from tests.factories import MONDAY, make_world, sign_in
from tests.portal import acting
from tests.sla.invented import night_watch
from tests.sla.test_catalogue import DOCUMENTS, FAULTS, changed, places, replaced

TEXT = DEFAULT_DESCRIPTION.read_text(encoding="utf-8")
NAME = tomllib.loads(TEXT)["name"]


def toml(**changes):
    """Return the shipped file as another version; `old=new` pairs replace text."""
    text = TEXT.replace('version = "1.0"', 'version = "2.0"').replace(
        "effective_from = 2017-06-01", "effective_from = 2027-01-01"
    )
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


@pytest.fixture
def world(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=False)
    with acting(app):
        found = make_world()
    sign_in(client, found.operator)
    return found


def upload(client, content, name="service.toml"):
    return client.post(
        "/terms/register",
        data={"file": (io.BytesIO(content), name), "_once": str(uuid4())},
        content_type="multipart/form-data",
    )


def stored(app):
    with acting(app) as session:
        return session.scalar(select(func.count()).select_from(ServiceDescription))


def test_a_new_version_is_registered_and_holds_from_its_day(app, client, world):
    answer = upload(client, toml())
    assert answer.status_code == 303
    with acting(app):
        days = [date(2017, 5, 31), date(2017, 6, 1), date(2026, 12, 31), date(2027, 1, 1)]
        found = [description_in_force(NAME, day) for day in days]
        assert [row and row.version for row in found] == [None, "1.0", "1.0", "2.0"]
        assert description_in_force("Nothing", days[1]) is None
    assert "2.0 is registered" in client.get(answer.location).text


def test_each_service_that_can_be_ordered_comes_with_its_version_in_force(app, client, world):
    with acting(app):
        register_file(toml(), now=MONDAY)
        db.session.add(another_service())
        db.session.flush()
        found = descriptions_in_force(MONDAY)
        assert [(row.name, row.version) for row in found] == [(NAME, "1.0"), ("Night Watch", "3")]


def another_service():
    document = night_watch()
    return ServiceDescription(
        name=document["name"],
        version=document["version"],
        effective_from=date(2025, 9, 1),
        document=document,
        created_at=MONDAY,
    )


def test_registering_is_audited_and_twice_the_same_changes_nothing(app, client, world):
    upload(client, toml())
    again = upload(client, toml())
    assert again.status_code == 303
    assert "registered before, with the same content" in client.get(again.location).text
    with acting(app) as session:
        query = select(AuditEntry).where(AuditEntry.action == "description.register")
        (entry,) = session.scalars(query).all()
        assert entry.after == {"name": NAME, "version": "2.0", "effective_from": "2027-01-01"}
    assert stored(app) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TEXT.replace("45.00", "46.00").encode(), "registered with another content"),
        (toml(**{"2027-01-01": "2017-06-01"}), "takes effect on a later day"),
        (toml(**{"2027-01-01": "2016-06-01"}), "takes effect on a later day"),
        (b"#" * 300_000, "too large for a service description"),
    ],
    ids=["other content", "same day", "earlier day", "large"],
)
def test_what_would_rewrite_history_is_refused(app, client, world, content, words):
    answer = upload(client, content)
    assert answer.status_code == 422
    assert words in answer.text
    assert stored(app) == 1


def test_a_faulty_file_is_refused_with_every_place_and_nothing_is_stored(app, client, world):
    faulty = toml(
        **{'raw_data = "30.00"': "raw_data = 30.5", "provider = { months = 3 }": ""},
        **{'nl = "Gegroepeerd"': "x = 1"} if 'nl = "Gegroepeerd"' in TEXT else {},
    )
    answer = upload(client, faulty)
    assert answer.status_code == 422
    for words in ("The file has 2 faults", "fees.options.raw_data", "notice.provider", "missing"):
        assert words in answer.text
    assert stored(app) == 1


def test_no_file_is_said_beside_the_field(client, world):
    answer = client.post("/terms/register", data={"_once": str(uuid4())})
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_components_and_subscriptions_keep_the_order_of_the_file(app):
    with acting(app):
        sold = catalogue(description_in_force(NAME, MONDAY.date()).id)
        assert list(sold.components) == list(DOCUMENTS[0]["components"])
        assert list(sold.subscriptions) == list(DOCUMENTS[0]["subscriptions"])


def test_a_description_of_levels_only_cannot_be_sold_by(app):
    document = (
        b'name = "Levels"\nversion = "1"\neffective_from = 2026-01-01\nzone = "UTC"\nkpis = []\n'
    )
    document += b'[support_window]\nmonday = ["08:00-18:00"]\n[priorities.P1]\nimpact = "x"\n'
    with acting(app), pytest.raises(DescriptionError) as refused:
        register_file(document, now=MONDAY)
    assert {"components", "fees"} <= {fault.path for fault in refused.value.faults}


def test_the_list_shows_services_versions_and_contracts(app, client, world):
    with acting(app):
        register_file(toml(), now=MONDAY)
        db.session.add(another_service())
    page = client.get("/terms").text
    for words in (NAME, "Night Watch", "takes effect later", "for contracts signed now", "2.0"):
        assert words in page
    assert "Night Watch" not in client.get(f"/terms?service={NAME}&export=csv").text
    with acting(app):
        counted = {v.version: (v.in_force, v.ever) for v in versions(MONDAY, NAME)}
    assert counted == {"1.0": (2, 2), "2.0": (0, 0)}


def test_cat_2_a_version_is_a_page_with_its_matrix_fees_and_periods(app, client, world):
    with acting(app):
        shown = description_in_force(NAME, MONDAY.date()).id
    page = client.get(f"/terms/versions/{shown}").text
    for words in (
        "Raw data", "§3.1.4", "option", "included", "€45.00", "€145.00", "30 calendar days",
        "3 months", "24 months", "PDF copies of invoices", "§7.1.2", "08:00\u201318:00",
        "24\u202fh", "25 %", "Invoices before June 2017", "Activate the service",
    ):  # fmt: skip
        assert words in page, words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("Données brutes", "interruption complète", "30 jours calendrier")),
        ("nl", ("Ruwe gegevens",)),
    ],
)
def test_the_page_speaks_the_readers_language(app, client, world, language, words):
    with acting(app) as session:
        shown = description_in_force(NAME, MONDAY.date()).id
        session.get_one(User, world.operator.user_id).language = language
    page = client.get(f"/terms/versions/{shown}").text
    for word in words:
        assert word in page


def test_the_difference_of_two_versions_has_an_address(app, client, world):
    with acting(app):
        first = description_in_force(NAME, MONDAY.date()).id
        second, _ = register_file(
            toml(
                **{
                    "customer = { days = 30 }": "customer = { months = 2 }",
                    'price = "850.00"': 'price = "875.50"',
                    'advanced = "DEF"\n\n[components.bulk': "\n[components.bulk",
                }
            ),
            now=MONDAY,
        )
        second = second.id
    page = client.get(f"/terms/differences?from={first}&to={second}").text
    for words in (
        "30 calendar days",
        "2 months",
        "€850.00",
        "€875.50",
        "Reference data by hand",
        "changed",
    ):
        assert words in page
    assert "Call details" not in page
    same = client.get(f"/terms/differences?from={first}&to={first}").text
    assert "Both versions say the same." in same


@pytest.mark.parametrize(
    "query", ["?from=1", "?from=1&to=999999", "?from=x&to=1", f"?from=1&to={2**70}"]
)
def test_a_difference_of_what_is_not_there_is_not_found(client, world, query):
    assert client.get(f"/terms/differences{query}").status_code == 404


def test_without_versions_the_newest_two_are_compared(app, client, world):
    assert "Both versions say the same." in client.get("/terms/differences").text
    with acting(app):
        register_file(toml(**{'price = "850.00"': 'price = "875.50"'}), now=MONDAY)
    page = client.get("/terms/differences").text
    assert page.index("€850.00") < page.index("€875.50")


def test_versions_of_two_services_are_not_compared(app, client, world):
    with acting(app):
        row = another_service()
        db.session.add(row)
        db.session.flush()
        ids = (description_in_force(NAME, MONDAY.date()).id, row.id)
    assert client.get(f"/terms/differences?from={ids[0]}&to={ids[1]}").status_code == 404


SWAPPED = {"DEF": "OPT", "OPT": "DEF", "counts": "pauses", "SLA": "SLO", "SLO": "SLA"}


def other(value):
    """Return another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | date):
        return value + (1 if isinstance(value, int) else timedelta(days=1))
    if value.replace(".", "").isdecimal():
        return str(float(value) + 1)
    return SWAPPED.get(value, f"{value}x")


def test_nothing_changes_in_a_file_without_being_shown(app):
    """Every value of a file that can be another one makes a line of the difference."""
    tried = 0
    with app.app_context(), speaking_to("en", "Europe/Brussels"):
        for document in DOCUMENTS:
            before = parse_description(document)
            for way in places(document):
                value = document
                for key in way:
                    value = value[key]
                if isinstance(value, dict | list):
                    continue
                try:
                    after = parse_description(replaced(document, way, other(value)))
                except DescriptionError:
                    continue
                tried += 1
                assert after == before or differences(before, after), way
    assert tried > 150


def test_lines_have_keys_of_their_own(app):
    with app.app_context(), speaking_to("fr", "Europe/Brussels"):
        for document in DOCUMENTS:
            keys = [line.key for line in lines_of(parse_description(copy.deepcopy(document)))]
            assert len(keys) == len(set(keys))


def test_every_fault_is_said_in_the_readers_language(app):
    with app.app_context(), speaking_to("fr", "Europe/Brussels"):
        unsaid = set()
        for path, value, _fault in FAULTS:
            with pytest.raises(DescriptionError) as refused:
                parse_description(changed(path, value))
            unsaid |= {
                f.message for f in refused.value.faults if sentence_of(f.message) == f.message
            }
    assert unsaid == set()


@pytest.mark.parametrize(
    ("who", "reads", "registers"),
    [
        ("operator", 200, 200),
        ("agent", 200, 403),
        ("manager", 200, 403),
        ("representative", 403, 403),
    ],
)
def test_only_the_operator_registers(client, world, who, reads, registers):
    sign_in(client, getattr(world, who))
    assert client.get("/terms").status_code == reads
    assert client.get("/terms/register").status_code == registers


def test_a_customer_sees_the_version_of_its_own_contract_only(app, client, world):
    with acting(app):
        own = description_in_force(NAME, MONDAY.date()).id
        row, _ = register_file(toml(), now=MONDAY)
        foreign = row.id
    sign_in(client, world.representative)
    page = client.get(f"/care/contract/terms/{own}")
    assert page.status_code == 200
    assert "Contracts in force" not in page.text
    assert client.get(f"/care/contract/terms/{foreign}").status_code == 404
    assert client.get("/care/contract/terms/999999").status_code == 404


def test_a_refused_registration_raises_in_operations_too(app):
    with acting(app), pytest.raises(RefusedError):
        register_file(TEXT.replace("45.00", "46.00").encode(), now=datetime.now(MONDAY.tzinfo))

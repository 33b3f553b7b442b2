"""The pages of a service, of its end and of all services; both sides, without JavaScript."""

import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfWriter
from sqlalchemy import select

from ops_portal.contracts.inactivity import deactivate_idle
from ops_portal.contracts.life import Deactivation, ServiceUse, TerminationNotice
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.starting import AccountRow, set_accounts
from ops_portal.contracts.succession import supersede
from ops_portal.contracts.use import NOTED
from ops_portal.core.db import db
from tests.contracts.living import service_id_of, used
from tests.factories import Person, World, make_world, sign_in
from tests.portal import acting

ZONE = ZoneInfo("Europe/Brussels")


def today() -> date:
    return datetime.now(ZONE).date()


@pytest.fixture
def world(app: Flask) -> World:
    app.extensions.pop(NOTED, None)
    with acting(app):
        world = make_world()
        now = datetime.now(UTC).replace(microsecond=0)
        for tenant in (world.home, world.foreign):
            used(service_id_of(tenant), now - timedelta(days=1))
        return world


@pytest.fixture
def home(app: Flask, world: World) -> int:
    with acting(app):
        return service_id_of(world.home)


def get(client: FlaskClient, who: Person, path: str, status: int = 200) -> str:
    sign_in(client, who)
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def post(client: FlaskClient, who: Person, path: str, status: int = 303, **form: object) -> str:
    sign_in(client, who)
    token = re.search(r'name="csrf_token" value="([^"]*)"', client.get("/account").text)
    assert token is not None
    hidden = {"_once": f"{who.customer_id}.{uuid4()}", "csrf_token": token[1]}
    answer = client.post(path, data=hidden | form)
    assert answer.status_code == status, answer.text
    return answer.text


def notices(app: Flask) -> list[TerminationNotice]:
    with acting(app) as session:
        rows = session.scalars(select(TerminationNotice).order_by(TerminationNotice.id)).all()
        session.expunge_all()
        return list(rows)


def letter() -> BytesIO:
    content = BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(content)
    content.seek(0)
    return content


def test_the_account_manager_begins_at_the_contracts(client: FlaskClient, world: World) -> None:
    sign_in(client, world.manager)
    assert client.get("/").location == "/contracts"
    page = client.get("/contracts").text
    for tenant in (world.home, world.foreign):
        assert tenant.representative.actor.customer_name in page


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("?state=active", True),
        ("?state=ended", False),
        ("?state=notice", False),
        ("?attention=idle", False),
        ("?attention=training", False),
        ("?attention=order", False),
        ("?q=Home", True),
        ("?q=nobody+at+all", False),
        ("?order=reference", True),
    ],
)
def test_the_list_is_narrowed_and_searched(
    app: Flask, client: FlaskClient, world: World, home: int, question: str, *, shown: bool
) -> None:
    page = get(client, world.manager, f"/contracts{question}")
    assert (f'href="/contracts/{home}"' in page) is shown


def test_what_needs_attention_is_counted_and_listed_con_3(
    app: Flask, client: FlaskClient, world: World, home: int
) -> None:
    with acting(app):
        use = db.session.scalars(select(ServiceUse).filter_by(service_id=home)).one()
        use.last_used_at = datetime.now(UTC) - timedelta(days=170)
    page = get(client, world.manager, "/contracts?attention=idle")
    assert f'href="/contracts/{home}"' in page
    assert "unused: switched off on" in page


def test_the_list_is_exported_whole(client: FlaskClient, world: World) -> None:
    sign_in(client, world.manager)
    answer = client.get("/contracts?export=csv")
    assert answer.mimetype == "text/csv"
    assert len(answer.text.strip().splitlines()) == 3


def test_the_page_of_a_service_shows_what_held_holds_and_will(
    app: Flask, client: FlaskClient, world: World, home: int
) -> None:
    """ORD-4, CAT-2, BIL-3: periods, components with their clause, the fee with its calculation."""
    with acting(app):
        now = datetime.now(UTC).replace(microsecond=0)
        service = db.session.get_one(Service, home)
        set_accounts(service, [AccountRow("6001", "", "A"), AccountRow("6002", "", "B")], today())
        supersede(
            db.session.get_one(Contract, world.home.contract_id),
            subscription="plus",
            options=["raw_data"],
            extras=[],
            order_id=None,
            at=now + timedelta(days=20),
            actor=world.manager.actor,
            now=now,
        )
    page = get(client, world.manager, f"/contracts/{home}")
    assert "§3.1.4" in page
    assert "takes its place on" in page
    assert "€131.00" in page  # 95 for the Access Owner, 18 for each Customer ID
    assert "Advanced becomes Plus; added: Raw data" in page


def test_a_customer_reads_its_contract_and_where_a_notice_leads_con_2(
    client: FlaskClient, world: World, home: int
) -> None:
    sign_in(client, world.representative)
    assert client.get("/care/contract").location == f"/care/contract/{home}"
    page = client.get(f"/care/contract/{home}").text
    assert "What is included" in page
    assert "30 calendar days" in page
    assert str((today() + timedelta(days=30)).day) in page


def test_a_customer_gives_notice_in_two_steps_and_withdraws_it_con_2(
    app: Flask, client: FlaskClient, world: World, home: int
) -> None:
    who, last = world.representative, today() + timedelta(days=30)
    page = get(client, who, f"/care/contract/{home}/end")
    assert f'value="{last.isoformat()}"' in page
    assert notices(app) == []
    post(client, who, f"/care/contract/{home}/end", shown_end=last.isoformat(), reason="Bye")
    assert [(n.party, n.ends_on, n.reason) for n in notices(app)] == [("customer", last, "Bye")]
    assert "Withdraw the notice" in get(client, who, f"/care/contract/{home}")
    path = f"/care/contract/{home}/notice/withdraw"
    assert "Say why" in post(client, who, path, 422, reason="")
    post(client, who, path, reason="We stay")
    assert [n.withdrawal_reason for n in notices(app)] == ["We stay"]


def test_an_end_shown_before_midnight_is_shown_anew_con_2(
    app: Flask, client: FlaskClient, world: World, home: int
) -> None:
    shown = (today() + timedelta(days=29)).isoformat()
    page = post(client, world.representative, f"/care/contract/{home}/end", 409, shown_end=shown)
    assert "another one than was shown" in page
    assert notices(app) == []


def test_only_a_representative_gives_notice_con_2(
    client: FlaskClient, world: World, home: int
) -> None:
    page = get(client, world.access_owner, f"/care/contract/{home}")
    assert "An authorised representative" in page
    get(client, world.access_owner, f"/care/contract/{home}/end", 403)


@pytest.mark.parametrize("path", ["", "/end"])
def test_a_stranger_finds_nothing(client: FlaskClient, world: World, home: int, path: str) -> None:
    get(client, world.stranger, f"/care/contract/{home}{path}", 404)


def test_the_provider_sees_the_end_before_it_is_recorded_con_2(
    app: Flask, client: FlaskClient, world: World, home: int
) -> None:
    path = f"/contracts/{home}/notice?party=provider&received_on=2026-01-31"
    page = get(client, world.manager, path)
    assert "30 Apr 2026" in page
    assert "3 calendar months" in page
    assert "This day has passed" in page
    assert notices(app) == []


def test_the_provider_records_a_letter_with_its_day_con_2(
    app: Flask, client: FlaskClient, world: World, home: int
) -> None:
    received = today() - timedelta(days=2)
    path = f"/contracts/{home}/notice?party=customer&received_on={received}"
    last = (received + timedelta(days=30)).isoformat()
    form = {"shown_end": last, "reason": "Letter", "letter": (letter(), "../opzeg\u202ebrief.pdf")}
    post(client, world.manager, path, **form)
    (found,) = notices(app)
    assert (found.received_on, found.ends_on.isoformat()) == (received, last)
    own = f"/care/contract/{home}/notices/{found.id}/letter"
    staff = f"/contracts/{home}/notices/{found.id}/letter"
    for who, address in ((world.representative, own), (world.agent, staff)):
        sign_in(client, who)
        answer = client.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.data.startswith(b"%PDF")
    get(client, world.stranger, own, 404)


def test_a_letter_that_is_no_pdf_is_refused_con_2(
    app: Flask, client: FlaskClient, world: World, home: int
) -> None:
    path = f"/contracts/{home}/notice?party=customer&received_on={today()}"
    form = {"letter": (BytesIO(b"MZ not a letter"), "letter.pdf")}
    page = post(client, world.manager, path, 422, **form)
    assert "Choose a PDF" in page
    assert notices(app) == []


@pytest.mark.parametrize("question", ["?party=x&received_on=2026-01-31", "?received_on=9999-12-31"])
def test_a_first_step_that_makes_no_sense_is_explained(
    client: FlaskClient, world: World, home: int, question: str
) -> None:
    page = get(client, world.manager, f"/contracts/{home}/notice{question}")
    assert "data-errors" in page
    assert "Record the notice" not in page


@pytest.mark.parametrize("who", ["agent", "operator", "clerk"])
def test_only_the_account_manager_ends_and_switches_on(
    client: FlaskClient, world: World, home: int, who: str
) -> None:
    person = world.personas()[who]
    get(client, person, f"/contracts/{home}/notice", 403)
    post(client, person, f"/contracts/{home}/reactivate", 403)
    assert "Record a notice" not in get(client, person, f"/contracts/{home}")


def test_a_switched_off_service_says_how_it_comes_back_con_3(
    app: Flask, client: FlaskClient, world: World, home: int
) -> None:
    with acting(app):
        use = db.session.scalars(select(ServiceUse).filter_by(service_id=home)).one()
        use.last_used_at = datetime.now(UTC) - timedelta(days=200)
        db.session.flush()
        deactivate_idle(now=datetime.now(UTC).replace(microsecond=0))
    page = get(client, world.representative, f"/care/contract/{home}")
    assert "it is switched on without a new order" in page
    assert "Switch on again" in get(client, world.manager, f"/contracts/{home}")
    post(client, world.manager, f"/contracts/{home}/reactivate")
    with acting(app) as session:
        assert session.scalars(select(Deactivation)).one().reactivated_by == world.manager.user_id
    post(client, world.manager, f"/contracts/{home}/reactivate", 422)

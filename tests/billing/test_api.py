"""The API of charges and invoices, in the style of the tickets' API."""

import pytest
from sqlalchemy import select

from ops_portal.billing.models import Invoice
from ops_portal.billing.payment_models import PaymentEvent
from tests.billing.month import SECOND_OF_JUNE, closed, give_accounts, give_details, training
from tests.factories import api_token, make_world
from tests.portal import acting


@pytest.fixture
def stage(app, client, monkeypatch):
    """Return numbers of the invoices of both customers, and a caller for each side."""
    for module in ("api", "blueprint"):
        monkeypatch.setattr(f"ops_portal.billing.{module}.now", lambda: SECOND_OF_JUNE)
    with acting(app) as session:
        world = make_world()
        give_details(world)
        give_accounts(world.home, number=3)
        training(world, world.home)
        closed(world)
        people = (world.clerk, world.representative, world.manager)
        tokens = [api_token(person) for person in people]
        numbers = [
            session.scalars(select(Invoice.number).filter_by(customer_id=t.customer_id)).one()
            for t in (world.home, world.foreign)
        ]
    return world, numbers, [_caller(client, token) for token in tokens]


def _caller(client, token):
    def call(method, path, key="", **more):
        headers = {"Authorization": f"Bearer {token}"}
        headers |= {"Idempotency-Key": key} if key else {}
        return client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    return call


def test_an_invoice_has_its_lines_and_what_they_follow_from_bil_3(stage):
    _world, (own, _other), (clerk, _customer, _manager) = stage
    found = clerk("GET", f"/invoices/{own}").json
    assert (found["net"], found["vat"], found["total"]) == ("999.00", "209.79", "1208.79")
    assert found["taxes"] == [{"percentage": "21", "net": "999.00", "vat": "209.79"}]
    assert (found["state"], found["due_on"]) == ("due", "2026-07-02")
    assert [line["amount"] for line in found["lines"]] == ["95.00", "54.00", "850.00"]
    assert found["lines"][1]["calculation"]["days"] == 31
    assert found["lines"][1]["quantity"] == "3.0000"


def test_a_customer_sees_its_own_only(stage):
    _world, (own, other), (clerk, customer, _manager) = stage
    assert [i["number"] for i in customer("GET", "/invoices").json["items"]] == [own]
    assert {i["number"] for i in clerk("GET", "/invoices").json["items"]} == {own, other}
    assert customer("GET", f"/invoices/{other}").status_code == 404
    assert {c["invoice"] for c in customer("GET", "/charges").json["items"]} == {own}


def test_lists_come_page_by_page_and_narrowed(stage):
    _world, _numbers, (clerk, _customer, _manager) = stage
    first = clerk("GET", "/charges?limit=2").json
    assert len(first["items"]) == 2
    rest = clerk("GET", first["next"].removeprefix("/api/v1")).json
    assert len({c["id"] for c in (*first["items"], *rest["items"])}) == 4
    assert len(clerk("GET", "/charges?kind=one_off").json["items"]) == 1
    assert clerk("GET", "/charges?invoiced=false").json["items"] == []
    assert clerk("GET", "/invoices?state=paid").json["items"] == []
    assert clerk("GET", "/invoices?month=2026-04").json["items"] == []
    assert clerk("GET", "/invoices?after=x").status_code == 422


def test_crd_5_a_payment_is_told_once_per_key(app, stage):
    _world, (own, _other), (clerk, customer, manager) = stage
    address, body = f"/invoices/{own}/payments", {"state": "paid", "day": "2026-06-02"}
    told = clerk("POST", address, "k-1", json=body)
    assert (told.status_code, told.json["changed"]) == (201, True)
    assert clerk("POST", address, "k-1", json=body).headers["Idempotency-Replayed"] == "true"
    assert clerk("POST", address, "k-2", json=body).json["changed"] is False
    assert clerk("GET", f"/invoices/{own}").json["state"] == "paid"
    with acting(app) as session:
        assert len(session.scalars(select(PaymentEvent)).all()) == 1
    for caller in (customer, manager):
        assert caller("POST", address, "k-3", json=body).status_code == 403


def test_a_payment_that_cannot_be_says_why(stage):
    _world, (own, _other), (clerk, _customer, _manager) = stage
    early = clerk("POST", f"/invoices/{own}/payments", "k-1", json={"state": "unpaid"})
    assert early.status_code == 422
    assert early.json["rule"] == "CRD-5"
    assert "until then it is due" in early.json["detail"]
    assert clerk("POST", "/invoices/X-1/payments", "k-2", json={"state": "paid"}).status_code == 422
    assert clerk("POST", f"/invoices/{own}/payments", "k-3", json={}).status_code == 422


def test_an_invoice_of_another_system_is_told_of_with_its_customer(stage):
    world, _numbers, (clerk, _customer, _manager) = stage
    body = {"state": "unpaid", "day": "2026-06-02", "due": "2026-05-20", "amount": "99.50"}
    body |= {"customer": world.home.code}
    told = clerk("POST", "/invoices/MOB-1/payments", "k-1", json=body)
    assert (told.status_code, told.json["payable_by"]) == (201, "2026-05-20")

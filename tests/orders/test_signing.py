"""Signing: in the portal or on paper, complete or not at all, by one person only (ORD-1, ORD-3)."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ops_portal.contracts.life import ImplementationStep, LifeEvent, ServiceAccount, ServiceEvent
from ops_portal.contracts.models import Contract, Service
from ops_portal.core import files, outbox
from ops_portal.core.clock import now
from ops_portal.core.errors import RefusedError
from ops_portal.core.outbox import OutboxJob
from ops_portal.orders import documents, operations, pages, queries, signing
from ops_portal.orders.models import Order, OrderState
from ops_portal.orders.signing import Paper
from tests.factories import MONDAY, make_world, sign_in
from tests.orders import papers
from tests.orders.drafting import COMPLETE, draft, empty, fields, hidden, offered
from tests.portal import acting

SIGNATURE = {"name": "Claire Fontaine", "is_read": "y"}


@pytest.fixture
def world(app, client):
    with acting(app):
        found = make_world()
    sign_in(client, found.representative)
    return found


@pytest.fixture
def waiting(app, world):
    """Return the reference of an order that waits for the signature of `home`."""
    with acting(app):
        return offered(world).reference


def sign(client, reference, page=None, **changes):
    page = page or client.get(f"/care/orders/{reference}")
    sent = hidden(page) | SIGNATURE | changes
    return client.post(f"/care/orders/{reference}/sign", data=sent)


def order_of(session, reference):
    return session.scalars(select(Order).filter_by(reference=reference)).one()


def started(app):
    """Return how much of an implementation there is: steps and services from orders."""
    with acting(app) as session:
        steps = session.scalar(select(func.count(ImplementationStep.id)))
        contracts = session.scalar(select(func.count()).where(Contract.order_id.is_not(None)))
        return steps, contracts


def test_the_representative_reads_and_signs(app, client, world, waiting):
    """ORD-3: name, time, address and the hash of the very document are kept."""
    listed = client.get("/care/orders")
    assert waiting in listed.text
    form = client.get(f"/care/orders/{waiting}/form.pdf")
    assert form.mimetype == "application/pdf"
    answer = sign(client, waiting)
    assert answer.status_code == 303
    shown = client.get(answer.location)
    assert "Claire Fontaine" in shown.text
    assert documents.fingerprint(form.data) in shown.text
    with acting(app) as session:
        order = order_of(session, waiting)
        assert (order.state, order.signed_via) == (OrderState.SIGNED, "portal")
        assert order.signed_by == world.representative.user_id
        assert order.signed_from == "127.0.0.1"
        kept = session.get_one(files.StoredFile, order.file_id)
        assert files.content_of(kept) == form.data
        assert kept.sha256 == order.signed_hash
    assert client.get(f"/care/orders/{waiting}/form.pdf").data == form.data


def test_ord_3_a_signed_order_starts_the_implementation(app, client, waiting):
    assert started(app) == (0, 0)
    sign(client, waiting)
    assert started(app) == (4, 1)
    with acting(app) as session:
        order = order_of(session, waiting)
        service = session.get_one(Service, order.service_id)
        contract = session.scalars(select(Contract).filter_by(order_id=order.id)).one()
        assert (service.access_owner_email, service.activated_at) == ("hugo@owner.example", None)
        assert (contract.valid_from, contract.active_from) == (order.signed_at, None)
        assert (contract.subscription, contract.options) == ("advanced", ["raw_data"])
        rows = session.scalars(select(ServiceAccount).order_by(ServiceAccount.number)).all()
        assert [(a.number, a.parent_number) for a in rows] == [
            ("6001", ""),
            ("6002", ""),
            ("7001", "6001"),
        ]
        kinds = session.scalars(select(ServiceEvent.kind).filter_by(service_id=service.id)).all()
        assert kinds == [LifeEvent.ORDERED]


def test_sending_twice_signs_once(app, client, waiting):
    page = client.get(f"/care/orders/{waiting}")
    answers = [sign(client, waiting, page) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert started(app) == (4, 1)


def test_of_two_who_sign_at_once_one_wins(app, world, waiting):
    clients = []
    for person in (world.representative, world.broker):
        client = app.test_client()
        sign_in(client, person)
        clients.append((client, client.get(f"/care/orders/{waiting}"), person))

    def attempt(one):
        client, page, person = one
        return sign(client, waiting, page, name=person.actor.name).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, clients)) == [303, 409]
    assert started(app) == (4, 1)


@pytest.mark.parametrize("left_out", ["name", "is_read"])
def test_a_signature_needs_a_name_and_the_confirmation(app, client, waiting, left_out):
    answer = sign(client, waiting, **{left_out: ""})
    assert answer.status_code == 422
    assert started(app) == (0, 0)


def test_an_order_that_changed_since_it_was_read_is_not_signed(app, client, world, waiting):
    page = client.get(f"/care/orders/{waiting}")
    with acting(app) as session:
        order = order_of(session, waiting)
        order.note = "Changed behind the reader's back"
    answer = sign(client, waiting, page)
    assert answer.status_code == 409
    assert "has changed since you opened it" in answer.text
    assert started(app) == (0, 0)


def test_ord_1_a_withdrawn_offer_can_be_signed_by_nobody(app, client, world, waiting):
    page = client.get(f"/care/orders/{waiting}")
    with acting(app) as session:
        order = order_of(session, waiting)
        operations.change_order(
            world.manager.actor, order, replace(COMPLETE, note="New"), now=MONDAY
        )
    assert sign(client, waiting, page).status_code == 404
    assert client.get(f"/care/orders/{waiting}").status_code == 404
    assert started(app) == (0, 0)


def test_ord_1_an_incomplete_order_can_be_signed_by_nobody(app, client, world, waiting):
    with acting(app) as session:
        order_of(session, waiting).has_portal_account = False
        paper_order = empty(world)
        paper = Paper("Claire", MONDAY.date(), papers.scan(), "scan.pdf")
        with pytest.raises(RefusedError, match="incomplete"):
            signing.take_in_paper(world.manager.actor, paper_order, paper, now=MONDAY)
    assert sign(client, waiting).status_code == 422
    assert started(app) == (0, 0)


@pytest.mark.parametrize("who", ["stranger", "access_owner", "agent", "manager"])
def test_nobody_else_reads_or_signs_it(app, client, world, waiting, who):
    sign_in(client, getattr(world, who))
    expected = 404 if who == "stranger" else 403
    for path in ("", "/form.pdf"):
        assert client.get(f"/care/orders/{waiting}{path}").status_code == expected
    sent = {"_once": "x", "csrf_token": hidden(client.get("/account"))["csrf_token"]} | SIGNATURE
    assert client.post(f"/care/orders/{waiting}/sign", data=sent).status_code == expected


def test_a_draft_is_not_shown_to_the_customer(app, client, world):
    with acting(app):
        reference = draft(world).reference
    assert client.get(f"/care/orders/{reference}").status_code == 404
    assert reference not in client.get("/care/orders").text


def test_offer_and_signature_are_told_by_mail_each_once(app, client, world, waiting):
    sign(client, waiting)
    run_jobs(app)
    run_jobs(app)
    with acting(app) as session:
        mails = session.scalars(select(OutboxJob).filter_by(name="mail.send")).all()
        subjects = [m.payload["subject"] for m in mails]
        receivers = {m.payload["to"] for m in mails}
    assert subjects.count(f"Order {waiting} is signed") == 3
    assert {world.representative.email, world.broker.email, world.manager.email} == receivers


def test_an_offer_is_told_to_the_representatives(app, world, waiting):
    run_jobs(app)
    with acting(app) as session:
        mails = session.scalars(select(OutboxJob).filter_by(name="mail.send")).all()
        assert {m.payload["to"] for m in mails} == {world.representative.email, world.broker.email}
        assert f"/care/orders/{waiting}" in mails[0].payload["body"]


def run_jobs(app):
    with acting(app) as session:
        names = ("orders.tell_offered", "orders.tell_signed")
        waiting = select(OutboxJob.id).where(OutboxJob.name.in_(names))
        jobs = session.scalars(waiting).all()
    for job in jobs:
        with app.app_context():
            outbox.run(job, now())


class TestPaper:
    """The signed paper form, taken in by the account manager."""

    @pytest.fixture
    def place(self, app, client, world):
        sign_in(client, world.manager)
        with acting(app):
            return f"/orders/{draft(world, at=now()).reference}"

    def send(self, client, place, content=None, **changes):
        page = client.get(f"{place}/upload")
        sent = hidden(page) | {
            "name": "Claire Fontaine",
            "signed_on": now().date().isoformat(),
            "file": (io.BytesIO(papers.scan() if content is None else content), "Bon signé.pdf"),
        }
        return client.post(
            f"{place}/upload", data=sent | changes, content_type="multipart/form-data"
        )

    def test_it_starts_the_implementation(self, app, client, place):
        answer = self.send(client, place)
        assert answer.status_code == 303
        shown = client.get(answer.location).text
        assert "on paper" in shown
        assert client.get(f"{place}/signed.pdf").data == papers.scan()
        assert started(app) == (4, 1)

    @pytest.mark.parametrize(
        ("content", "changes", "sentence"),
        [
            (b"no pdf", {}, "This is no PDF"),
            (papers.with_javascript(), {}, "carries a program"),
            (None, {"name": " "}, "Type the name of who signs."),
            (None, {"signed_on": ""}, "On which day was it signed?"),
            (None, {"signed_on": (now() + timedelta(days=2)).date().isoformat()}, "lies ahead"),
            (None, {"signed_on": "2020-01-01"}, "older than a year"),
        ],
    )
    def test_ord_1_what_will_not_do_is_refused(
        self, app, client, place, content, changes, sentence
    ):
        answer = self.send(client, place, content, **changes)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert started(app) == (0, 0)

    def test_a_signed_order_takes_in_nothing_more(self, app, client, place):
        self.send(client, place)
        page = client.get("/orders/new")
        again = client.post(
            f"{place}/upload",
            data=hidden(page)
            | {
                **hidden(client.get(f"/customers/{1}/orders/new")),
                "name": "x",
                "signed_on": now().date().isoformat(),
                "file": (io.BytesIO(papers.scan()), "x.pdf"),
            },
            content_type="multipart/form-data",
        )
        assert again.status_code in {400, 409}
        assert started(app) == (4, 1)

    def test_a_signed_order_cannot_be_changed(self, app, client, place):
        page = client.get(place)
        self.send(client, place)
        assert client.post(place, data=fields(page)).status_code in {409, 422}
        with acting(app) as session:
            order = order_of(session, place.rpartition("/")[2])
            assert queries.standing(order) == "signed"


def test_ord_3_nothing_but_a_signed_order_starts_an_implementation(app, world):
    """Neither drafting, offering, cancelling nor a hand-made call of the last step does."""
    with acting(app):
        order = offered(world)
        with pytest.raises(RefusedError, match="Only a signed order"):
            signing._put_into_effect(world.manager.actor, order, MONDAY)
        operations.cancel_order(world.manager.actor, order, "x", now=MONDAY)
    assert started(app) == (0, 0)


class TestChange:
    """A change of a running service (ORD-4)."""

    @pytest.fixture
    def changing(self, app, world):
        """Return a function that opens a complete change order of `home`'s service."""

        def opened(**changes):
            contract = acted.get_one(Contract, world.home.contract_id)
            service = acted.get_one(Service, contract.service_id)
            for name, value in (("access_owner_name", "Hugo"), ("access_owner_phone", "025550123")):
                setattr(service, name, value)
            service.access_owner_email = "hugo@owner.example"
            order = operations.open_change(world.manager.actor, service, now=MONDAY)
            plus = {"subscription": "plus", "options": ("raw_data",)}
            wanted = replace(COMPLETE, **plus | changes)
            operations.change_order(world.manager.actor, order, wanted, now=MONDAY)
            return order

        with acting(app) as acted:
            yield opened

    def paper(self, world, order, at=MONDAY):
        paper = Paper("Claire", at.date(), papers.scan(), "scan.pdf")
        return signing.take_in_paper(world.manager.actor, order, paper, now=at)

    def test_ord_4_it_supersedes_the_running_contract_at_the_signature(self, world, changing):
        new = self.paper(world, changing())
        assert (new.valid_from, new.subscription, new.options) == (MONDAY, "plus", ["raw_data"])

    def test_ord_4_it_waits_for_its_first_day(self, world, changing):
        first = MONDAY.date() + timedelta(days=23)
        new = self.paper(world, changing(takes_effect_on=first))
        assert new.valid_from.isoformat() == "2026-06-30T22:00:00+00:00"

    def test_ord_2_the_access_owner_stays(self, changing):
        order = changing(access_owner_name="Somebody else", access_owner_email="b@c.example")
        assert order.access_owner_name == "Hugo"
        assert order.access_owner_email == "hugo@owner.example"

    def test_ord_4_a_change_begun_before_another_came_is_refused(self, world, changing):
        first, second = changing(), changing(options=())
        self.paper(world, first, at=MONDAY + timedelta(hours=1))
        with pytest.raises(RefusedError):
            self.paper(world, second, at=MONDAY + timedelta(hours=2))

    def test_who_signs_a_change_reads_what_it_takes_away(self, app, changing):
        order = changing()
        with app.test_request_context():
            changes = [words for _label, words in pages.picture_of(order, now=MONDAY).changes]
        assert changes[0] == "Advanced → Plus"
        assert any(number in changes[1] for number in [a.number for a in COMPLETE.accounts])

    def test_a_second_change_waits_for_the_first(self, world, changing):
        day = MONDAY.date() + timedelta(days=20)
        first, second, later = (
            changing(takes_effect_on=first_day, note=str(number), options=options)
            for number, (first_day, options) in enumerate(
                [(day, ("raw_data",)), (day, ()), (day + timedelta(days=1), ())]
            )
        )
        self.paper(world, first)
        gaps = queries.gaps_of(second, now=MONDAY)
        assert ("takes_effect_on", "ORD-4") in {(g.field, g.rule) for g in gaps}
        with pytest.raises(RefusedError, match="incomplete"):
            self.paper(world, second)
        assert self.paper(world, later).options == []

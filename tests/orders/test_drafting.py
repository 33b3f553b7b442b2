"""Drafting orders on their pages: nothing typed is lost, nothing incomplete goes on."""

import pytest
from sqlalchemy import select

from ops_portal.contracts.models import Contract, Service
from ops_portal.core.audit import AuditEntry
from ops_portal.orders import operations
from ops_portal.orders.models import Order, OrderAccount
from tests.factories import MONDAY, make_world, sign_in
from tests.orders.drafting import draft, empty, fields, hidden, offered
from tests.portal import acting


@pytest.fixture
def world(app, client):
    with acting(app):
        found = make_world()
    sign_in(client, found.manager)
    return found


@pytest.fixture
def place(app, world):
    """Return the address of an order about which nothing was said yet."""
    with acting(app):
        return f"/orders/{empty(world).reference}"


def saved(app, place):
    with acting(app) as session:
        order = session.scalars(select(Order).filter_by(reference=place.rpartition("/")[2])).one()
        session.expunge(order)
        return order


def test_ord_1_an_order_begins_as_a_draft_that_says_what_is_missing(client, world):
    found = client.get("/orders/new?q=Home")
    assert f"/customers/{world.home.customer_id}/orders/new" in found.text
    page = client.get(f"/customers/{world.home.customer_id}/orders/new")
    subject = page.text.split('name="subject"')[1].split('value="')[1].split('"')[0]
    begun = client.post(page.request.path, data=hidden(page) | {"subject": subject})
    assert begun.status_code == 303
    shown = client.get(begun.location)
    assert "6 things are missing" in shown.text
    assert 'href="#access_owner_name"' in shown.text
    assert "ORD-5" in shown.text


def test_ord_1_the_whole_form_is_saved_and_read_back(app, client, place):
    page = client.get(place)
    answer = client.post(place, data=fields(page, note="Deux\nlignes"))
    assert answer.status_code == 303
    shown = client.get(answer.location)
    assert "Nothing is missing" in shown.text
    order = saved(app, place)
    assert (order.version, order.subscription, order.options) == (2, "advanced", ["raw_data"])
    assert order.note == "Deux\nlignes"


def test_ord_1_a_pasted_list_becomes_accounts(app, client, place):
    text = "6001;7001;Mobile\n6001\t7002\tData\n\n6002\n"
    client.post(place, data=fields(client.get(place), pasted=text))
    with acting(app) as session:
        rows = session.execute(
            select(OrderAccount.number, OrderAccount.parent_number).order_by(OrderAccount.position)
        ).all()
    assert [tuple(r) for r in rows] == [
        ("6001", ""),
        ("7001", "6001"),
        ("7002", "6001"),
        ("6002", ""),
    ]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"pasted": ";7009;Lost"}, "Say to which customer account 7009 belongs."),
        ({"pasted": "6001;6001"}, "The account 6001 is listed twice."),
        ({"pasted": "6" * 41}, "is too long"),
        ({"subscription": "gold"}, "The service has no such subscription."),
        ({"access_owner_name": "x" * 201}, "200"),
        ({"takes_effect_on": "soon"}, "Not a valid date"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_stays_typed(app, client, place, typed, sentence):
    answer = client.post(place, data=fields(client.get(place), **typed))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "hugo@owner.example" in answer.text
    assert saved(app, place).version == 1


def test_cat_2_options_come_from_the_matrix_and_follow_the_subscription(app, client, place):
    page = client.get(place)
    assert 'name="options"' not in page.text
    checked = client.post(place, data=fields(page, subscription="plus", check="1"))
    assert checked.status_code == 422
    assert 'value="raw_data"' in checked.text
    assert 'value="advanced_reports"' not in checked.text
    forged = client.post(place, data=fields(page, options=["advanced_reports", "raw_data"]))
    assert forged.status_code == 303
    assert saved(app, place).options == ["raw_data"]


def test_a_check_keeps_nothing(app, client, place):
    page = client.get(place)
    for _ in range(2):
        answer = client.post(place, data=fields(page, check="1"))
        assert "Nothing is missing" in answer.text
    assert saved(app, place).version == 1
    assert client.post(place, data=fields(page)).status_code == 303


def test_a_stale_save_is_refused_with_both_versions(app, client, place):
    first, second = client.get(place), client.get(place)
    client.post(place, data=fields(first, access_owner_name="Anna Peeters"))
    stale = client.post(place, data=fields(second, access_owner_name="Bart Maes"))
    assert stale.status_code == 409
    assert "Anna Peeters" in stale.text
    assert "Bart Maes" in stale.text
    assert saved(app, place).access_owner_name == "Anna Peeters"
    again = client.post(place, data=fields(stale, access_owner_name="Bart Maes"))
    assert again.status_code == 303
    assert saved(app, place).access_owner_name == "Bart Maes"


def test_sending_twice_saves_once(app, client, place):
    page = client.get(place)
    answers = [client.post(place, data=fields(page)) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert saved(app, place).version == 2


def test_saving_without_a_change_is_no_new_version(app, client, place):
    client.post(place, data=fields(client.get(place)))
    client.post(place, data=fields(client.get(place)))
    assert saved(app, place).version == 2


def test_ord_1_an_incomplete_order_cannot_be_offered(app, client, place):
    answer = client.post(f"{place}/offer", data=hidden(client.get(place)))
    assert "The order is incomplete" in client.get(answer.location).text
    assert saved(app, place).offered_at is None


def test_ord_1_a_change_withdraws_the_offer(app, client, world):
    with acting(app):
        place = f"/orders/{offered(world).reference}"
    page = client.get(place)
    assert "Waits for the signature" in page.text
    client.post(place, data=fields(page))
    assert saved(app, place).offered_at is None
    with acting(app) as session:
        entry = session.scalars(
            select(AuditEntry).filter_by(action="order.change").order_by(AuditEntry.id.desc())
        ).first()
        assert entry.after["offer_withdrawn"] is True


def test_an_order_is_cancelled_with_its_reason_and_stays_readable(app, client, place):
    refused = client.post(f"{place}/cancel", data=hidden(client.get(place)) | {"reason": ""})
    assert refused.status_code == 422
    done = client.post(f"{place}/cancel", data=hidden(refused) | {"reason": "Ordered by mistake"})
    page = client.get(done.location)
    assert "Ordered by mistake" in page.text
    assert "Save" not in page.text
    again = client.post(place, data=fields(page) | hidden(client.get("/orders/new")))
    assert again.status_code in {409, 422}
    assert saved(app, place).state == "cancelled"


def test_the_list_is_narrowed_searched_and_exported(app, client, world):
    with acting(app):
        names = [offered(world).reference, draft(world, of=world.foreign).reference]
    for query, shown in (
        ("", names),
        ("?state=offered", names[:1]),
        ("?state=draft", names[1:]),
        ("?q=Foreign", names[1:]),
        ("?kind=change", []),
        ("?state=signed", []),
    ):
        text = client.get(f"/orders{query}").text
        assert [name for name in names if name in text] == shown, query
    exported = client.get("/orders?export=csv").data.decode("utf-8-sig")
    assert all(name in exported for name in names)


@pytest.mark.parametrize(
    ("who", "reads", "drafts"),
    [
        ("manager", 200, 200),
        ("agent", 200, 403),
        ("operator", 200, 403),
        ("clerk", 200, 403),
        ("representative", 403, 403),
        ("access_owner", 403, 403),
    ],
)
def test_only_the_account_manager_drafts(app, client, world, place, who, reads, drafts):
    sign_in(client, getattr(world, who))
    assert client.get(place).status_code == reads
    assert client.get("/orders/new").status_code == drafts
    if reads == 200:
        assert ("order-form" in client.get(place).text) is (drafts == 200)


def test_an_order_nobody_drafted_is_not_found(client, world):
    assert client.get("/orders/O-1").status_code == 404
    assert client.get("/customers/999999/orders/new").status_code == 404


def test_ord_4_a_change_is_saved_from_its_page_and_keeps_the_access_owner(app, client, world):
    with acting(app) as session:
        contract = session.get_one(Contract, world.home.contract_id)
        service = session.get_one(Service, contract.service_id)
        service.access_owner_name = "Nora Sels"
        service.access_owner_email = "nora@owner.example"
        service.access_owner_language = "nl"
        order = operations.open_change(world.manager.actor, service, now=MONDAY)
        place = f"/orders/{order.reference}"
    page = client.get(place)
    assert 'name="access_owner' not in page.text
    sent = {k: v for k, v in fields(page).items() if not k.startswith("access_owner")}
    answer = client.post(place, data=sent)
    assert answer.status_code == 303
    order = saved(app, place)
    assert (order.options, order.has_portal_account) == (["raw_data"], True)
    assert (order.access_owner_email, order.access_owner_language) == ("nora@owner.example", "nl")

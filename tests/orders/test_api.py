"""The API of orders: the rules of the pages, scopes, versions, keys, pages."""

import pytest

from ops_portal.contracts.models import Contract
from ops_portal.core.permissions import Permission
from tests.factories import api_token, make_world
from tests.orders.drafting import draft, offered
from tests.portal import acting
from tests.tickets.test_api import Caller, problem

WHOLE = {
    "subscription": "plus",
    "options": ["raw_data"],
    "access_owner_name": "Hugo Renard",
    "access_owner_email": "hugo@owner.example",
    "access_owner_phone": "+32 2 555 01 23",
    "accounts": [{"number": "6001"}, {"number": "7001", "parent": "6001"}],
    "has_portal_account": True,
}


@pytest.fixture
def world(app):
    with acting(app):
        return make_world()


@pytest.fixture
def callers(app, world):
    """Return a caller for each persona by name."""
    with acting(app):
        tokens = {name: api_token(person) for name, person in world.personas().items()}
    return {name: OrderCaller(app, token) for name, token in tokens.items()}


class OrderCaller(Caller):
    """Somebody with a token, who also changes."""

    def patch(self, path, body, version=None):
        named = {} if version is None else {"If-Match": f'"{version}"'}
        return self.client.patch(f"/api/v1{path}", json=body, headers=self._headers(named))

    def offer(self, reference, version):
        return self.post(f"/orders/{reference}/offer", None, If_Match=f'"{version}"')


def test_ord_1_an_order_is_drafted_completed_and_offered(world, callers):
    manager = callers["manager"]
    made = manager.post("/orders", {"customer": world.home.code})
    assert made.status_code == 201, made.get_data(as_text=True)
    body = made.get_json()
    assert made.headers["Location"].endswith(body["reference"])
    place = f"/orders/{body['reference']}"
    gaps = manager.get(f"{place}/missing").get_json()["items"]
    assert {"field": "subscription", "message": "Choose the subscription.", "rule": "ORD-1"} in gaps
    problem(manager.offer(body["reference"], body["version"]), 422)
    changed = manager.patch(place, WHOLE, body["version"])
    assert changed.status_code == 200, changed.get_data(as_text=True)
    assert changed.get_json()["accounts"][1] == {"number": "7001", "parent": "6001", "name": ""}
    assert manager.get(f"{place}/missing").get_json()["items"] == []
    done = manager.offer(body["reference"], changed.get_json()["version"])
    assert done.get_json()["state"] == "offered"


def test_a_change_names_the_version_it_was_based_on(app, world, callers):
    with acting(app):
        order = draft(world)
        place, version = f"/orders/{order.reference}", order.version
    manager = callers["manager"]
    problem(manager.patch(place, {"note": "x"}), 428)
    problem(manager.patch(place, {"note": "x"}, version - 1), 412)
    assert manager.patch(place, {"note": "x"}, version).get_json()["version"] == version + 1
    again = manager.get(place, If_None_Match=f'"{version + 1}"')
    assert again.status_code == 304


def test_what_is_left_out_stays_as_it_is(app, world, callers):
    with acting(app):
        order = draft(world)
        place, version = f"/orders/{order.reference}", order.version
    body = callers["manager"].patch(place, {"note": "Only this"}, version).get_json()
    assert body["note"] == "Only this"
    assert body["options"] == ["raw_data"]
    assert len(body["accounts"]) == 3


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ({"options": ["advanced_reports"]}, "CAT-2"),
        ({"subscription": "gold"}, "CAT-2"),
        ({"extras": ["moon"]}, "IMP-3"),
        ({"accounts": [{"number": "1"}, {"number": "1", "parent": "1"}]}, "ORD-1"),
    ],
)
def test_the_rules_of_the_pages_hold(app, world, callers, sent, rule):
    with acting(app):
        order = draft(world)
        place, version = f"/orders/{order.reference}", order.version
    assert problem(callers["manager"].patch(place, sent, version), 422)["rule"] == rule


def test_a_repeated_post_drafts_once(world, callers):
    manager, body = callers["manager"], {"customer": world.home.code}
    first = manager.post("/orders", body, key="the same")
    again = manager.post("/orders", body, key="the same")
    assert first.get_json()["reference"] == again.get_json()["reference"]
    assert len(manager.get("/orders").get_json()["items"]) == 1


def test_a_customer_sees_its_offered_and_signed_orders_only(app, world, callers):
    with acting(app):
        mine, hidden = offered(world).reference, draft(world).reference
        theirs = offered(world, of=world.foreign).reference
    customer = callers["representative"]
    assert [o["reference"] for o in customer.get("/orders").get_json()["items"]] == [mine]
    for reference in (hidden, theirs, "O-1"):
        problem(customer.get(f"/orders/{reference}"), 404)
    problem(customer.get(f"/orders?customer={world.foreign.code}"), 404)
    problem(customer.post("/orders", {"customer": world.home.code}), 403)
    problem(customer.patch(f"/orders/{mine}", {"note": "x"}, 2), 403)


def test_a_token_can_do_no_more_than_its_scopes(app, world):
    with acting(app):
        token = api_token(world.manager, Permission.ORDERS_READ)
        reference = draft(world).reference
    caller = OrderCaller(app, token)
    assert caller.get(f"/orders/{reference}").status_code == 200
    problem(caller.patch(f"/orders/{reference}", {"note": "x"}, 2), 403, "forbidden")


def test_the_list_is_read_page_by_page(app, world, callers):
    with acting(app):
        for _ in range(3):
            draft(world)
    first = callers["manager"].get("/orders?limit=2&state=draft").get_json()
    assert len(first["items"]) == 2
    rest = callers["manager"].get(first["next"].removeprefix("/api/v1")).get_json()
    assert len(rest["items"]) == 1
    assert rest["next"] is None
    problem(callers["manager"].get("/orders?after=nonsense"), 422)


def test_ord_4_a_change_of_a_running_service_is_drafted_by_its_number(app, world, callers):
    with acting(app) as session:
        reference = session.get_one(Contract, world.home.contract_id).reference
    sent = {"customer": world.home.code, "changes": reference, "takes_effect_on": "2036-01-01"}
    made = callers["manager"].post("/orders", sent)
    assert made.get_json()["kind"] == "change"
    assert made.get_json()["takes_effect_on"] == "2036-01-01"
    unknown = {"customer": world.foreign.code, "changes": reference}
    problem(callers["manager"].post("/orders", unknown), 404)

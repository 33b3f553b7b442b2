"""The API of tickets: the rules of the pages, tokens, keys, versions, pages, limits."""

import json
from uuid import uuid4

import pytest

from ops_portal.core.permissions import Permission
from ops_portal.tickets import clock_operations, operations
from ops_portal.tickets.queries import lock_ticket
from ops_portal.web import api as edge
from sla.policy import StopReason
from tests.factories import MONDAY, api_token, make_world, ticket
from tests.portal import acting

NEW = {"title": "Exports fail", "priority": "P3", "is_own_side_checked": True}


class Caller:
    """Somebody with a token."""

    def __init__(self, app, token):
        self.client, self.token = app.test_client(), token

    def get(self, path, **headers):
        return self.client.get(f"/api/v1{path}", headers=self._headers(headers))

    def post(self, path, body, key=None, **headers):
        named = {"Idempotency-Key": key or str(uuid4())} if key != "" else {}
        return self.client.post(
            f"/api/v1{path}", json=body, headers=self._headers({**named, **headers})
        )

    def fact(self, reference, version, **fact):
        named = {} if version is None else {"If-Match": f'"{version}"'}
        return self.post(f"/tickets/{reference}/facts", {"fact": fact}, **named)

    def _headers(self, more):
        return {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in more.items()
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
    return {name: Caller(app, token) for name, token in tokens.items()}


@pytest.fixture
def reference(app, world):
    """Return the reference of a P2 of `home`."""
    with acting(app):
        return ticket(world).reference


def problem(response, status, code=None):
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    body = response.get_json()
    assert body["status"] == status
    if code:
        assert body["type"].endswith(code)
    return body


def test_nobody_gets_in_without_a_token(client):
    problem(client.get("/api/v1/tickets"), 401)
    wrong = {"Authorization": "Bearer wrong"}
    problem(client.get("/api/v1/tickets", headers=wrong), 401)


def test_a_browser_session_is_no_token(client, world):
    from tests.factories import sign_in  # noqa: PLC0415

    sign_in(client, world.agent)
    problem(client.get("/api/v1/tickets"), 401)


def test_a_token_can_do_no_more_than_its_scopes(app, world, reference):
    with acting(app):
        token = api_token(world.agent, Permission.DESK_READ)
    caller = Caller(app, token)
    assert caller.get(f"/tickets/{reference}").status_code == 200
    problem(caller.fact(reference, None, kind="noted", text="x"), 403, "forbidden")


def test_an_expired_token_opens_nothing(app, world):
    with acting(app):
        token = api_token(world.agent, days=-1)
    problem(Caller(app, token).get("/tickets"), 401)


def test_the_customer_reports_and_reads_its_own(callers):
    made = callers["representative"].post("/tickets", NEW)
    assert made.status_code == 201
    body = made.get_json()
    assert made.headers["ETag"] == f'"{body["version"]}"'
    assert made.headers["Location"].endswith(body["reference"])
    assert body["desk"] is None
    again = callers["representative"].get(f"/tickets/{body['reference']}")
    assert again.get_json()["title"] == "Exports fail"


def test_a_customer_cannot_report_a_p1(callers):
    """INC-4, T60: refused with the rule; the same report as P2 is taken."""
    body = problem(callers["representative"].post("/tickets", NEW | {"priority": "P1"}), 422)
    assert body["rule"] == "INC-4"
    assert "0800" in body["detail"]
    assert "priority" in body["errors"]
    assert callers["representative"].post("/tickets", NEW | {"priority": "P2"}).status_code == 201


def test_the_desk_logs_a_p1_by_telephone(callers, world):
    """INC-4: by telephone, with the call as notification."""
    new = NEW | {"priority": "P1", "customer": world.home.code}
    problem(callers["agent"].post("/tickets", new), 422)
    called = new | {"notified_at": "2026-06-08T09:00:00+02:00"}
    assert callers["agent"].post("/tickets", called).status_code == 201


def test_another_tenants_ticket_is_no_ticket(callers, reference):
    foreign = callers["stranger"]
    absent = problem(foreign.get("/tickets/INC-00000000"), 404)
    for path in ("", "/facts", "/stops", "/clocks"):
        assert problem(foreign.get(f"/tickets/{reference}{path}"), 404) == absent
    problem(foreign.fact(reference, None, kind="replied", text="x"), 404)
    assert foreign.get("/tickets").get_json()["items"] == []
    assert foreign.get("/tickets?q=invoices").get_json()["items"] == []


def test_a_foreign_contract_or_element_is_refused(callers, world):
    other = {"element_id": world.foreign.element_id}
    problem(callers["representative"].post("/tickets", NEW | other), 404)


def test_internal_entries_are_for_the_desk_only(callers, reference):
    assert callers["agent"].fact(reference, None, kind="noted", text="canary").status_code == 201
    assert "canary" in callers["agent"].get(f"/tickets/{reference}/facts").get_data(as_text=True)
    for path in ("", "/facts", "/clocks", "/stops"):
        answer = callers["representative"].get(f"/tickets/{reference}{path}")
        assert answer.status_code == 200
        assert "canary" not in answer.get_data(as_text=True)


def test_a_change_names_the_version_it_was_based_on(callers, reference):
    agent = callers["agent"]
    version = agent.get(f"/tickets/{reference}").get_json()["version"]
    problem(agent.fact(reference, None, kind="intervention_started"), 428)
    done = agent.fact(reference, version, kind="intervention_started")
    assert done.get_json()["state"] == "in_progress"
    body = problem(agent.fact(reference, version, kind="resolved", text="Done"), 412)
    assert str(done.get_json()["version"]) in body["detail"]
    assert "page" not in body["detail"]


def test_an_unchanged_ticket_is_not_sent_again(callers, reference):
    agent = callers["agent"]
    tag = agent.get(f"/tickets/{reference}").headers["ETag"]
    assert agent.get(f"/tickets/{reference}", If_None_Match=tag).status_code == 304


def test_a_repeated_post_does_nothing_twice(callers):
    caller = callers["representative"]
    first, second = (caller.post("/tickets", NEW, key="k1") for _ in range(2))
    assert second.status_code == 201
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.get_json() == second.get_json()
    assert len(caller.get("/tickets").get_json()["items"]) == 1
    problem(caller.post("/tickets", NEW | {"title": "Other"}, key="k1"), 422)
    problem(caller.post("/tickets", NEW, key=""), 400)


def test_a_refused_post_can_be_corrected_with_the_same_key(callers):
    caller = callers["representative"]
    problem(caller.post("/tickets", NEW | {"priority": "P1"}, key="k2"), 422)
    assert caller.post("/tickets", NEW, key="k2").status_code == 201


def test_lists_are_read_page_by_page(app, callers, world):
    with acting(app):
        made = {ticket(world).reference for _ in range(5)}
    seen, path = [], "/tickets?limit=2"
    while path:
        page = callers["representative"].get(path).get_json()
        seen += [item["reference"] for item in page["items"]]
        path = page["next"] and page["next"].removeprefix("/api/v1")
    assert len(seen) == 5
    assert set(seen) == made


def test_facts_are_read_page_by_page(callers, reference):
    page = callers["agent"].get(f"/tickets/{reference}/facts?limit=2").get_json()
    assert [f["seq"] for f in page["items"]] == [1, 2]
    rest = callers["agent"].get(page["next"].removeprefix("/api/v1")).get_json()
    assert [f["kind"] for f in rest["items"]] == ["priority_set"]
    assert rest["next"] is None


def test_clocks_carry_segments_that_add_up(app, callers, world, reference):
    """SLA-6: every figure can be explained."""
    with acting(app):
        row = lock_ticket(world.agent.actor, reference)
        clock_operations.stop_clock(
            world.agent.actor,
            row,
            StopReason.CUSTOMER,
            start=MONDAY,
            end=None,
            note="Access",
            now=MONDAY,
        )
    for name in ("agent", "representative"):
        body = callers[name].get(f"/tickets/{reference}/clocks").get_json()
        assert {k["kpi"] for k in body["kpis"]} == {"creation", "reaction", "restoration"}
        for clock in body["kpis"]:
            counted = sum(s["seconds"] for s in clock["segments"] if s["counted"])
            assert counted == clock["elapsed_s"]


def test_the_clock_is_stopped_and_resumed(callers, reference):
    """SLA-2: a stop has a reason, a note, an author."""
    agent = callers["agent"]
    version = agent.get(f"/tickets/{reference}").get_json()["version"]
    new = {"reason": "customer", "note": "We wait for access"}
    stopped = agent.post(f"/tickets/{reference}/stops", new, If_Match=f'"{version}"').get_json()
    assert stopped["paused_reason"] == "customer"
    stop = callers["representative"].get(f"/tickets/{reference}/stops").get_json()["items"][0]
    assert (stop["note"], stop["end"]) == ("We wait for access", None)
    match = f'"{stopped["version"]}"'
    resumed = agent.post(f"/tickets/{reference}/stops/end", {}, If_Match=match).get_json()
    assert resumed["paused_reason"] is None
    problem(callers["representative"].post(f"/tickets/{reference}/stops", new), 403)


def test_a_stop_that_ends_before_it_begins_is_refused(callers, reference):
    """T41."""
    version = callers["agent"].get(f"/tickets/{reference}").get_json()["version"]
    new = {
        "reason": "customer",
        "note": "x",
        "why_late": "x",
        "start": "2026-06-08T10:00:00Z",
        "end": "2026-06-08T09:00:00Z",
    }
    body = problem(
        callers["agent"].post(f"/tickets/{reference}/stops", new, If_Match=f'"{version}"'), 422
    )
    assert "end" in body["errors"]


def test_the_customers_reply_ends_its_stop(app, callers, world, reference):
    """T42: also through the API."""
    with acting(app):
        row = lock_ticket(world.agent.actor, reference)
        operations.reply(
            world.agent.actor, row, "May we have access?", now=MONDAY, stop=StopReason.CUSTOMER
        )
    assert (
        callers["representative"].fact(reference, None, kind="replied", text="Yes").status_code
        == 201
    )
    assert callers["agent"].get(f"/tickets/{reference}").get_json()["paused_reason"] is None


@pytest.mark.parametrize(
    ("fact", "field"),
    [
        ({"kind": "escalated", "line": 9}, "line"),
        ({"kind": "resolved"}, "text"),
        ({"kind": "resolved", "text": "x", "at": "2026-06-08T10:00:00"}, "at"),
        ({"kind": "replied", "text": "x", "author": "me"}, "author"),
        ({"kind": "nothing"}, "fact"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(callers, reference, fact, field):
    body = problem(callers["agent"].fact(reference, 3, **fact), 422)
    assert any(field in path for path in body["errors"]), body


def test_text_that_is_no_json_is_refused(app, callers):
    caller = callers["agent"]
    headers = caller._headers({"Idempotency-Key": "x", "Content-Type": "application/json"})
    body = problem(caller.client.post("/api/v1/tickets", data=b"{", headers=headers), 400)
    assert "JSON" in body["detail"]


def test_a_problem_says_what_to_do(callers, client):
    agent = callers["agent"]
    assert "Bearer" in problem(client.get("/api/v1/tickets"), 401)["detail"]
    assert problem(agent.get("/tickets/INC-00000000"), 404)["detail"]
    assert "Allow" in problem(agent.post("/tickets/INC-00000000", {}), 405)["detail"]
    assert problem(agent.get("/tickets?after=zzz"), 422)["errors"]["after"]


def test_instants_are_written_in_one_form(callers, reference):
    agent = callers["agent"]
    shown = agent.get(f"/tickets/{reference}").get_json()
    listed = agent.get("/tickets").get_json()["items"][0]
    facts = agent.get(f"/tickets/{reference}/facts").get_json()["items"]
    assert shown == listed
    assert shown["created_at"].endswith("Z")
    assert shown["desk"]["update_due_at"].endswith("Z")
    assert {fact["recorded_at"][-1] for fact in facts} == {"Z"}
    assert agent.get(f"/tickets/{reference}/clocks").get_json()["as_of"][-6] in "+-"


def test_text_that_is_nested_without_end_is_refused(callers):
    caller = callers["agent"]
    headers = caller._headers({"Idempotency-Key": "x", "Content-Type": "application/json"})
    problem(caller.client.post("/api/v1/tickets", data=b"[" * 200_000, headers=headers), 400)


def test_too_many_requests_are_told_when_to_come_back(callers, monkeypatch):
    monkeypatch.setattr(edge, "REQUESTS_PER_MINUTE", 3)
    answers = [callers["agent"].get("/tickets") for _ in range(5)]
    problem(answers[-1], 429, "limited")
    assert int(answers[-1].headers["Retry-After"]) in range(1, 62)
    assert "r=2" in answers[0].headers["RateLimit"]


def test_the_document_describes_every_route(app, client):
    document = client.get("/api/v1/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    described = {
        (path, method.upper()) for path, verbs in document["paths"].items() for method in verbs
    }
    rules = {
        (str(rule).replace("<", "{").replace(">", "}"), method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api.openapi"
    }
    assert described == rules
    assert json.dumps(document).count("$ref") > 10

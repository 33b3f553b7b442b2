"""May this contract do X on this day, and under which rule. Rules CAT-2, CAT-3, CNS-1."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from ops_portal.accounts.models import Customer, User
from ops_portal.contracts.entitlements import (
    Held,
    Standing,
    entitlement,
    granted_to,
    holdings_of,
)
from ops_portal.core.db import db
from ops_portal.web.components import Use
from sla.catalogue import Availability
from sla.policy import DEFAULT_DESCRIPTION, load_description, parse_description
from tests.contracts.states import CASES, MONTH_AGO, contract_in
from tests.factories import ACTIVE_FROM, MONDAY, api_token, contract, make_world, sign_in
from tests.portal import acting
from tests.sla.invented import night_watch

SOLD = load_description(DEFAULT_DESCRIPTION).catalogue
INCIDENTS = "incident_management"
SECOND = timedelta(seconds=1)


def held(**changes):
    base = {
        "contract_id": 1, "service_id": 1, "reference": "C-1", "service": "Invoice Insights",
        "subscription": "plus", "options": frozenset({"raw_data"}), "catalogue": SOLD,
        "valid_from": ACTIVE_FROM, "ended_at": None, "activated_at": ACTIVE_FROM,
    }  # fmt: skip
    return Held(**{**base, **changes})


@pytest.mark.parametrize("subscription", list(SOLD.subscriptions))
@pytest.mark.parametrize("component", list(SOLD.components))
def test_cat_2_every_cell_of_the_matrix(component, subscription):
    sold = SOLD.availability(component, subscription)
    one = held(subscription=subscription, options=frozenset())
    expected = {
        None: Standing.NOT_OFFERED,
        Availability.OPTION: Standing.NOT_ORDERED,
        Availability.INCLUDED: Standing.INCLUDED,
    }[sold]
    assert entitlement(one, component, MONDAY).standing == expected


@pytest.mark.parametrize(
    ("component", "changes", "standing", "rule"),
    [
        ("raw_data", {}, Standing.ORDERED, "CAT-2"),
        ("consultancy", {}, Standing.NOT_ORDERED, "CAT-3"),
        ("advanced_reports", {}, Standing.NOT_OFFERED, "CAT-3"),
        ("no_such_thing", {}, Standing.NOT_OFFERED, "CAT-3"),
        (INCIDENTS, {}, Standing.INCLUDED, "CAT-2"),
        (INCIDENTS, {"catalogue": None}, Standing.NOT_OFFERED, "CAT-3"),
        (INCIDENTS, {"activated_at": None}, Standing.NOT_ACTIVE, "IMP-2"),
        (INCIDENTS, {"activated_at": MONDAY + SECOND}, Standing.NOT_ACTIVE, "IMP-2"),
        (INCIDENTS, {"activated_at": MONDAY}, Standing.INCLUDED, "CAT-2"),
        (INCIDENTS, {"valid_from": MONDAY + SECOND}, Standing.NOT_IN_FORCE, "ORD-4"),
        (INCIDENTS, {"valid_from": MONDAY}, Standing.INCLUDED, "CAT-2"),
        (INCIDENTS, {"ended_at": MONDAY}, Standing.NOT_IN_FORCE, "ORD-4"),
        (INCIDENTS, {"ended_at": MONDAY + SECOND}, Standing.INCLUDED, "CAT-2"),
        (INCIDENTS, {"switched_off": ((MONDAY, None),)}, Standing.DEACTIVATED, "CON-3"),
        (INCIDENTS, {"switched_off": ((MONTH_AGO, MONDAY),)}, Standing.INCLUDED, "CAT-2"),
        ("consultancy", {"activated_at": None}, Standing.NOT_ORDERED, "CAT-3"),
    ],
)
def test_cat_3_the_answer_and_its_rule(component, changes, standing, rule):
    found = entitlement(held(**changes), component, MONDAY)
    assert (found.standing, found.rule) == (standing, rule)


def test_of_several_contracts_the_nearest_to_granting_answers():
    ended = held(ended_at=MONTH_AGO, options=frozenset({"consultancy"}))
    resting = held(options=frozenset({"consultancy"}), activated_at=None)
    found = [granted_to(h, "consultancy", MONDAY).standing for h in ([ended], [ended, held()])]
    assert found == [Standing.NOT_IN_FORCE, Standing.NOT_ORDERED]
    assert (
        granted_to([ended, held(), resting], "consultancy", MONDAY).standing == Standing.NOT_ACTIVE
    )
    assert granted_to([], "consultancy", MONDAY).standing == Standing.NOT_IN_FORCE


def test_con_4_what_there_is_stays_readable_after_the_end():
    ended = held(ended_at=MONTH_AGO)
    assert not granted_to([ended], INCIDENTS, MONDAY).is_granted
    assert granted_to([ended], INCIDENTS, MONDAY, Use.PAST).is_granted
    assert not granted_to([ended], "advanced_reports", MONDAY, Use.PAST).is_granted
    coming = held(valid_from=MONDAY + SECOND)
    assert not granted_to([coming], INCIDENTS, MONDAY, Use.PAST).is_granted


def test_holdings_are_what_the_database_says(app):
    with acting(app):
        make_world()
        for case in CASES:
            found = holdings_of(contract_in(case).customer_id)
            (one,) = found
            assert (one.subscription, one.options) == (case.subscription, set(case.options))
            answer = entitlement(one, INCIDENTS, MONDAY)
            assert answer.standing == (
                Standing.INCLUDED if case.running == "granted" else case.running
            )


@pytest.fixture
def stage(app, monkeypatch):
    """Return `{case: tenant}`, with the clock of the edge at MONDAY."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=False)
    with acting(app):
        make_world()
        return {case.name: contract_in(case) for case in CASES}


REPORT = {
    "title": "The invoices do not open", "description": "Since this morning, all of them.",
    "impact": "limited", "is_own_side_checked": "y",
}  # fmt: skip


def report(client, tenant, **changes):
    body = {**REPORT, "element": tenant.element_id, "_once": str(uuid4()), **changes}
    return client.post("/care/report", data=body)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cat_3_a_report_is_taken_or_refused_with_the_component_named(app, client, stage, case):
    sign_in(client, stage[case.name].representative)
    answer = report(client, stage[case.name])
    if case.running == "granted":
        assert answer.status_code == 303
        return
    assert answer.status_code == 403
    for words in ("Incident management", "ccount manager", REPORT["description"], REPORT["title"]):
        assert words in answer.text
    rule = {"not_active": "IMP-2", "deactivated": "CON-3", "not_in_force": "ORD-4"}[case.running]
    assert rule in answer.text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_con_4_past_incidents_are_read_as_long_as_there_was_a_contract(client, stage, case):
    sign_in(client, stage[case.name].representative)
    expected = 200 if case.is_read else 403
    assert client.get("/care/incidents").status_code == expected
    assert client.get("/care").status_code == 200


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_home_page_says_why_nothing_can_be_reported(client, stage, case):
    sign_in(client, stage[case.name].representative)
    page = client.get("/care").text
    is_granted = case.running == "granted"
    assert ("Nothing new can be reported here now" in page) is not is_granted
    assert ('href="/care/report"' in page) is is_granted


def test_the_refusal_speaks_the_readers_language(app, client, stage):
    tenant = stage["ended"]
    with acting(app) as session:
        session.get_one(User, tenant.representative.user_id).language = "fr"
    sign_in(client, tenant.representative)
    page = client.get("/care/report").text
    assert "Gestion des incidents" in page
    assert "gestionnaire de compte" in page


def call(client, token, body):
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    return client.post("/api/v1/tickets", headers=headers, json=body)


def test_the_api_refuses_with_problem_details(app, client, stage):
    with acting(app):
        token = api_token(stage["deactivated"].representative)
    answer = call(client, token, {"title": "x", "priority": "P3", "is_own_side_checked": True})
    problem = json.loads(answer.text)
    assert answer.status_code == 403
    assert problem["type"] == "urn:assist-care:error:not_included"
    assert problem["rule"] == "CON-3"
    assert problem["component"] == "service_desk_access"
    assert "Service Desk access" in problem["detail"]
    assert "account manager" in problem["advice"]


def test_the_contract_that_a_call_names_decides(app, client, stage):
    """A second service that is not active yet cannot be reported on; the first one can."""
    tenant = stage["plus"]
    with acting(app):
        token = api_token(tenant.representative)
        second = contract(db.session.get_one(Customer, tenant.customer_id), active_from=None)
        reference = second.reference
    body = {"title": "x", "priority": "P3", "is_own_side_checked": True, "contract": reference}
    answer = call(client, token, body)
    assert (answer.status_code, answer.get_json()["rule"]) == (403, "IMP-2")


def test_reopening_is_new_work(app, client, stage):
    tenant = stage["ended"]
    sign_in(client, tenant.representative)
    answer = client.post("/care/incidents/INC-1/reopen", data={"_once": str(uuid4())})
    assert answer.status_code == 403
    assert client.post("/care/incidents/INC-1/reply", data={"_once": "1"}).status_code == 404


def test_an_invented_service_answers_by_its_own_matrix():
    """CAT-1: nothing of the function knows a service, a subscription or a component."""
    sold = parse_description(night_watch()).catalogue
    noon = held(catalogue=sold, subscription="noon", options=frozenset({"lantern"}))
    answers = {key: entitlement(noon, key, MONDAY).standing for key in sold.components}
    assert answers == {
        "lantern": Standing.ORDERED,
        "whistle": Standing.NOT_OFFERED,
        INCIDENTS: Standing.NOT_OFFERED,
    }

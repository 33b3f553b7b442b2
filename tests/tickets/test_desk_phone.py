"""A call logged at the desk: who calls, the clock from the call, the priority from the impact."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from ops_portal.accounts.models import User
from ops_portal.contracts.models import Contract
from ops_portal.core.db import db
from ops_portal.tickets.clocks import read_clocks
from ops_portal.tickets.models import Fact, FactKind, Ticket
from sla.policy import Kpi
from tests.factories import MONDAY, make_world, sign_in, ticket
from tests.portal import acting

CALL_PATH = "/desk/new"


@pytest.fixture
def at(monkeypatch):
    def it_is(moment):
        monkeypatch.setattr("ops_portal.tickets.phone_views.now", lambda: moment)

    it_is(MONDAY)
    return it_is


@pytest.fixture
def world(app, client, at):
    with acting(app):
        found = make_world()
        person = db.session.get_one(User, found.representative.user_id)
        person.phone = "+32 475 12 34 56"
    sign_in(client, found.agent)
    return found


def form_of(client, world, query=""):
    return client.get(
        f"{CALL_PATH}?contract={world.home.contract_id}{query}", follow_redirects=True
    )


def fields(page):
    """Return what the page's call form would send as it stands."""
    form = page.text.partition('id="call"')[2].partition("</form>")[0]
    return {
        name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', form)[1]
        for name in ("csrf_token", "_once", "notified_at")
    } | {"action": re.search(r'action="([^"]*)"', page.text.partition('id="call"')[0][-400:])[1]}


def call(client, world, page=None, **answers):
    sent = fields(page or form_of(client, world))
    action = sent.pop("action").replace("&amp;", "&")
    sent |= {
        "contact": str(world.representative.user_id),
        "channel": "phone",
        "kind": "incident",
        "impact": "complete",
        "title": "Nothing works",
        "description": "White page.",
        "element_id": str(world.home.element_id),
        "priority": "",
    }
    return client.post(action, data={k: v for k, v in (sent | answers).items() if v is not None})


def the_ticket(app):
    with acting(app) as session:
        found = session.scalars(select(Ticket)).one()
        clocks = read_clocks([found], as_of=found.created_at)[found.id].clocks
        facts = {f.kind: f for f in session.scalars(select(Fact).order_by(Fact.seq)).all()}
        session.expunge_all()
        return found, clocks, facts


@pytest.mark.parametrize(
    "words", ["Home", "code", "contract", "representative", "475 12 34", "0475/12.34.56", "@"]
)
def test_inc_1_the_caller_is_found_by(app, client, world, words):
    with acting(app) as session:
        contract = session.get_one(Contract, world.home.contract_id).reference
    asked = {
        "code": world.home.code,
        "contract": contract,
        "@": world.representative.email,
        "representative": "Home",
    }.get(words, words)
    page = client.get(CALL_PATH, query_string={"q": asked}, follow_redirects=True)
    assert f"contract={world.home.contract_id}" in page.text
    if words != "representative":
        assert f"contract={world.foreign.contract_id}" not in page.text


def test_the_search_of_callers_takes_anything(client, world):
    for words in ("%", "_", "\\", "'", "x" * 500, "\x00", "00000000"):
        page = client.get(CALL_PATH, query_string={"q": words}, follow_redirects=True)
        assert page.status_code == 200, words


def test_the_address_keeps_when_the_call_began(client, world, at):
    first = client.get(CALL_PATH)
    assert first.status_code == 302
    at(MONDAY + timedelta(minutes=3))
    page = client.get(first.location)
    assert "12\u202fmin left" in page.text


def test_the_clock_follows_the_time_typed_in_the_form(client, world, at):
    at(MONDAY + timedelta(minutes=1))
    page = form_of(client, world, "&notified_at=2026-06-08T08:50")
    assert "4\u202fmin left" in page.text


def test_t59_the_creation_clock_runs_from_the_call_over_the_night(app, client, world, at):
    at(MONDAY + timedelta(days=1, minutes=-52))  # Tuesday 08:08
    answer = call(client, world, notified_at="2026-06-08T17:55")
    assert answer.status_code == 303, answer.text
    found, clocks, _facts = the_ticket(app)
    creation = next(c for c in clocks if c.kpi is Kpi.CREATION)
    assert (creation.elapsed_s, creation.state) == (13 * 60, "met")
    assert creation.due_at == MONDAY + timedelta(days=1, minutes=-50)
    assert found.created_at == MONDAY + timedelta(days=1, minutes=-52)


@pytest.mark.parametrize(
    ("impact", "priority"),
    [("complete", "P1"), ("serious", "P2"), ("backup", "P2"), ("limited", "P3"), ("none", "P4")],
)
def test_inc_3_the_impact_leads_to_the_priority(app, client, world, impact, priority):
    assert call(client, world, impact=impact).status_code == 303
    assert the_ticket(app)[0].priority == priority


def test_inc_3_another_priority_needs_a_reason_which_the_history_keeps(app, client, world):
    refused = call(client, world, impact="limited", priority="P2")
    assert refused.status_code == 422
    assert "Say why the priority differs" in refused.text
    page = form_of(client, world)
    reason = "The whole finance team is affected"
    assert (
        call(
            client, world, page, impact="limited", priority="P2", priority_reason=reason
        ).status_code
        == 303
    )
    found, _clocks, facts = the_ticket(app)
    assert found.priority == "P2"
    assert facts[FactKind.PRIORITY_SET].reason == reason
    assert facts[FactKind.PRIORITY_SET].is_public
    assert facts[FactKind.CREATED].data["impact"] == "limited"


def test_t60_a_p1_that_came_by_mail_asks_for_a_call_and_keeps_the_text(app, client, world):
    refused = call(client, world, channel="mail", description="Kept word for word")
    assert refused.status_code == 422
    assert "0800 00 000" in refused.text
    assert "Kept word for word" in refused.text
    with acting(app) as session:
        assert session.scalars(select(Ticket)).all() == []
    again = call(client, world, refused, channel="phone", notified_at="2026-06-08T08:58")
    assert again.status_code == 303
    found, clocks, _facts = the_ticket(app)
    assert (found.priority, found.channel) == ("P1", "phone")
    assert clocks[0].elapsed_s == 120


def test_inc_4_a_lower_priority_by_mail_is_logged(app, client, world):
    assert call(client, world, channel="mail", impact="serious").status_code == 303
    assert the_ticket(app)[0].channel == "mail"


def test_inc_1_the_ticket_names_the_representative_who_called(app, client, world):
    assert call(client, world).status_code == 303
    found, *_ = the_ticket(app)
    assert found.reported_by == world.representative.user_id
    assert found.contact_phone == "+32 475 12 34 56"


def test_inc_1_somebody_else_needs_a_name_and_an_authorisation(app, client, world):
    refused = call(client, world, contact="0")
    assert refused.status_code == 422
    assert "Ask for the name." in refused.text
    assert "Only authorised representatives report incidents." in refused.text
    again = call(client, world, refused, contact="0", contact_name="Max", is_authorised="y")
    assert again.status_code == 303
    assert the_ticket(app)[0].contact_name == "Max"


def test_inc_1_a_contact_of_another_customer_is_refused(client, world):
    assert call(client, world, contact=str(world.stranger.user_id)).status_code == 422


def test_inc_2_a_recording_needs_that_the_caller_was_told(app, client, world):
    refused = call(client, world, recording_reference="REC-1")
    assert refused.status_code == 422
    again = call(client, world, refused, recording_reference="REC-1", is_recording_told="y")
    assert again.status_code == 303
    found, *_ = the_ticket(app)
    assert (found.recording_reference, found.is_recording_told) == ("REC-1", True)


def test_inc_12_the_own_side_is_asked_and_a_change_can_be_reported(app, client, world):
    call(client, world, kind="customer_change", impact="none", is_own_side_checked="y")
    found, *_ = the_ticket(app)
    assert (found.kind, found.is_own_side_checked) == ("customer_change", True)


def test_a_failed_form_keeps_everything_typed(client, world):
    refused = call(
        client,
        world,
        title="",
        description="A <b>long</b> story",
        contact_phone="0499",
        recording_reference="R-7",
        impact="serious",
        kind="request",
        notified_at="2026-06-08T08:59",
    )
    assert refused.status_code == 422
    for text in (
        "A &lt;b&gt;long&lt;/b&gt; story",
        'value="0499"',
        'value="R-7"',
        'value="2026-06-08T08:59"',
        "autofocus",
    ):
        assert text in refused.text
    assert re.search(
        r'checked[^>]*value="serious"|value="serious"[^>]*checked|checked[^>]*serious', refused.text
    )


def test_a_call_in_the_future_is_refused(client, world):
    refused = call(client, world, notified_at="2026-06-08T09:01")
    assert refused.status_code == 422
    assert "The call cannot be later than the ticket." in refused.text


def test_t26_a_time_that_does_not_exist_is_refused_and_one_that_comes_twice_is_asked(
    client, world, at
):
    at(MONDAY.replace(month=11))
    missing = call(client, world, notified_at="2026-03-29T02:30")
    assert "does not exist" in missing.text
    twice = call(client, world, notified_at="2026-10-25T02:30")
    assert "Say which one you mean" in twice.text


def test_sending_twice_logs_once(app, client, world):
    page = form_of(client, world)
    first, second = call(client, world, page), call(client, world, page)
    assert first.location == second.location
    with acting(app) as session:
        assert len(session.scalars(select(Ticket)).all()) == 1


def test_similar_open_tickets_of_the_customer_are_shown_the_most_alike_first(app, client, world):
    with acting(app):
        ticket(world, title="Reports are slow")
        ticket(world, title="Export of invoices fails")
        ticket(world, of=world.foreign, title="Export of invoices fails at a stranger's")
    page = form_of(client, world, "&title=invoices export").text
    shown = page.partition('id="similar"')[2].partition("</section>")[0]
    assert "stranger" not in shown
    assert shown.index("Export of invoices fails") < shown.index("Reports are slow")


def test_a_contract_that_is_not_there_is_not_found(client, world):
    assert client.get(f"{CALL_PATH}?contract=999999&at=20260608T070000Z").status_code == 404


def test_a_part_of_the_service_nobody_named_is_not_guessed(app, client, world):
    assert '<option selected value="0">Not known</option>' in form_of(client, world).text
    call(client, world, element_id="0")
    with acting(app) as session:
        assert session.scalars(select(Ticket)).one().element_id is None


def test_only_the_desk_logs_calls(client, world):
    sign_in(client, world.representative)
    assert client.get(CALL_PATH).status_code == 403
    sign_in(client, world.clerk)
    assert client.get(CALL_PATH).status_code == 403

"""The desk's page of one ticket: what it shows, to whom, and what it costs."""

import pytest
from sqlalchemy import select, update

from ops_portal.tickets import operations
from ops_portal.tickets.jobs import watch_clocks
from ops_portal.tickets.models import Ticket
from ops_portal.tickets.queries import lock_ticket
from tests.portal import acting
from tests.tickets.agent_page import an_office
from tests.tickets.desk import at
from tests.tickets.statements import counted

MOST = 12


@pytest.fixture
def office(app, monkeypatch):
    return an_office(app, monkeypatch)


@pytest.fixture
def lived(office):
    """Let the ticket go through everything once."""
    with acting(office.app):
        desk, agent = office.desk(), office.world.agent.actor
        ticket = lock_ticket(agent, office.reference)
        desk.start(ticket, "2026-06-08 09:30")
        operations.note(agent, ticket, "The proxy, I bet.", now=at("2026-06-08 09:40"))
        desk.stop(ticket, "2026-06-08 10:00", "2026-06-08 11:00")
        desk.resolve(ticket, "2026-06-08 11:30")
        desk.reopen(ticket, "2026-06-08 11:40")
        desk.resolve(ticket, "2026-06-08 11:50")
    return office


def test_the_page_tells_the_whole_history_in_order(lived):
    words = lived.agent().words
    told = [
        "Ticket created",
        "Priority P2",
        "Intervention started",
        "The proxy, I bet.",
        "Clock stopped: customer",
        "Clock resumed, after: customer",
        "Resolved with a permanent solution",
        "Reopened",
        "Resolved with a permanent solution",
    ]
    places = [words.find(text) for text in told[:-1]]
    assert places == sorted(places)
    assert -1 not in places


def test_the_page_shows_every_judgement(lived):
    words = lived.agent().words
    assert "Earlier verdicts" in words
    assert "Time to restore · P2 met 1 h 30 min 00 s" in words.replace("\u202f", " ")
    assert "Time to restore · P2 met 1 h 50 min 00 s" in words.replace("\u202f", " ")


@pytest.mark.parametrize("query", ["", "?open=stop", "?annul=6"])
def test_the_page_sends_at_most_twelve_statements(lived, query):
    page = lived.agent()
    with counted() as sent:
        assert page.read(query).status_code == 200
    assert len(sent) <= MOST


def test_a_poll_of_an_unchanged_ticket_brings_only_what_follows_the_clock(office):
    page = office.agent()
    version = page.hidden()["version"]
    part = page.read(f"?seen={version}", headers={"HX-Request": "true"})
    assert 'id="ticket-live"' in part.text
    assert "<html" not in part.text
    assert 'id="ticket-history"' not in part.text


def test_a_poll_of_a_changed_ticket_brings_all_its_parts(office):
    page = office.agent()
    with acting(office.app):
        agent = office.world.agent.actor
        operations.note(
            agent, lock_ticket(agent, office.reference), "New!", now=at("2026-06-08 12:00")
        )
    part = page.read("?seen=3", headers={"HX-Request": "true"})
    for name in ("live", "history", "clocks", "facts", "actions", "compose"):
        assert f'id="ticket-{name}"' in part.text
    assert "New!" in part.text


def test_without_javascript_the_address_of_a_poll_is_a_page_too(office):
    assert "<html" in office.agent().read("?seen=3").text


def test_two_people_on_one_ticket_see_each_other(office):
    first = office.agent()
    second = office.agent(office.world.other_agent)
    assert "Also here: Agent" in second.words
    first.read()
    assert "Also here: Other agent" in first.words
    office.it_is("2026-06-08 12:01")
    second.read()
    assert "Also here" not in second.words


def test_somebody_who_may_only_read_sees_no_form(office):
    page = office.agent(office.world.operator)
    assert page.shown.status_code == 200
    assert "Stop clock" not in page.words.partition("History")[0].partition("INC-")[2]
    assert 'id="do-' not in page.shown.text
    assert "<textarea" not in page.shown.text


def test_a_customer_gets_no_page_of_the_desk(office):
    assert office.agent(office.world.representative).shown.status_code == 403


@pytest.mark.parametrize("address", ["/desk/tickets/INC-00000000", "/desk/tickets/x"])
def test_a_ticket_that_does_not_exist_is_not_found(office, address):
    page = office.agent()
    page.address = address
    assert page.read().status_code == 404


@pytest.mark.parametrize(
    "query", ["?open=nonsense", "?open=reopen", "?annul=2", "?annul=999", "?annul=x"]
)
def test_what_cannot_be_done_is_not_opened(office, query):
    assert office.agent().read(query).status_code in {200, 404}
    assert 'class="action-open"' not in office.agent().read(query).text


def test_an_alarm_stands_in_the_history_at_its_instant(office):
    with acting(office.app):
        office.desk().prioritise(
            lock_ticket(office.world.agent.actor, office.reference), "P1", "2026-06-08 11:30"
        )
        watch_clocks(now=at("2026-06-08 11:31"))
    words = office.agent().words
    assert "Time to react (P1): target used up found afterwards" in words


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        ("phone", "Call received"),
        ("mail", "Reported by e-mail"),
        ("portal", "Reported through the portal"),
        ("api", "Reported by a program"),
    ],
)
def test_the_history_begins_with_how_the_ticket_came(app, office, channel, sentence):
    with acting(app) as session:
        session.execute(update(Ticket).values(channel=channel))
    page = office.agent()
    assert sentence in page.words
    assert channel == "phone" or "Call received" not in page.words


def test_a_reopened_ticket_shows_its_verdicts_as_withdrawn(app, office):
    with acting(app) as session:
        kept = session.scalars(select(Ticket)).one()
        office.desk().resolve(kept, "2026-06-08 10:00")
        office.desk().reopen(kept, "2026-06-08 11:00")
    assert "Verdicts of the withdrawn resolution" in office.agent().words

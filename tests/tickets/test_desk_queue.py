"""The queue: what it shows, in which order, and that its address is all its state."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from ops_portal.accounts.models import User
from ops_portal.contracts.models import Contract
from ops_portal.core.db import db
from ops_portal.tickets import clock_operations, desk_operations, operations
from ops_portal.tickets.models import Channel
from ops_portal.tickets.queries import lock_ticket
from sla.policy import Priority, StopReason
from tests.factories import MONDAY, make_world, sign_in, ticket
from tests.portal import acting


@pytest.fixture
def at(monkeypatch):
    """Let the desk's pages be read at an instant."""

    def read_at(moment):
        monkeypatch.setattr("ops_portal.tickets.views.now", lambda: moment)

    return read_at


@pytest.fixture
def desk(app, client, at):
    """Build a world with an agent signed in; returns the world and a way to read the queue."""
    with acting(app):
        world = make_world()
    sign_in(client, world.agent)
    at(MONDAY)
    return world, lambda query="": client.get(f"/desk{query}")


def references(page):
    return re.findall(r'href="/desk/tickets/(INC-\d+)" data-row-link', page.text)


def opened(app, world, **changes):
    with acting(app):
        return ticket(world, **changes).reference


def test_the_most_urgent_comes_first(app, desk):
    world, read = desk
    relaxed = opened(app, world, priority=Priority.P3)
    urgent = opened(app, world, priority=Priority.P1)
    serious = opened(app, world, priority=Priority.P2)
    assert references(read()) == [urgent, serious, relaxed]


def test_a_row_says_who_what_and_how_long(app, desk, at):
    world, read = desk
    opened(app, world, priority=Priority.P1)
    at(MONDAY + timedelta(minutes=22))
    page = read().text
    for text in ("Home", "The invoices do not open", "P1", "Interruption", "New", "nobody"):
        assert text in page
    assert "38\u202fmin left" in page
    assert "23\u202fh\u202f38 left" in page


def test_t68_a_breach_shows_one_second_past_the_target_without_any_job(app, desk, at):
    world, read = desk
    opened(app, world, priority=Priority.P1)
    at(MONDAY + timedelta(hours=1))
    assert "chip-breached" not in read().text
    assert references(read("?view=breached")) == []
    at(MONDAY + timedelta(hours=1, seconds=1))
    assert "chip-breached" in read().text
    assert len(references(read("?view=breached"))) == 1


def test_a_target_that_was_missed_stays_red_in_the_row(app, desk, at):
    world, read = desk
    reference = opened(app, world, priority=Priority.P1)
    late = MONDAY + timedelta(hours=1, minutes=12)
    with acting(app):
        found = lock_ticket(world.agent.actor, reference)
        clock_operations.start_intervention(world.agent.actor, found, at=late, reason="", now=late)
    at(late)
    page = read("?view=breached")
    assert references(page) == [reference]
    assert "chip-breached" in page.text
    assert "12\u202fmin late" in page.text


def test_in_closed_hours_a_row_says_what_is_left_and_when_it_resumes(app, desk, at):
    world, read = desk
    opened(app, world, priority=Priority.P1, at=MONDAY + timedelta(hours=8, minutes=42))
    at(MONDAY + timedelta(hours=12))
    page = read().text
    assert "min left</span>" in page
    assert "resumes Tue 08:00" in page


def test_t34_a_paused_ticket_is_paused_however_long_it_waits(app, desk, at):
    world, read = desk
    reference = opened(app, world, priority=Priority.P1)
    with acting(app):
        found = lock_ticket(world.agent.actor, reference)
        clock_operations.stop_clock(
            world.agent.actor,
            found,
            StopReason.CUSTOMER,
            start=MONDAY + timedelta(minutes=20),
            end=None,
            note="We wait for access.",
            now=MONDAY + timedelta(minutes=20),
        )
    at(MONDAY + timedelta(days=9))
    page = read("?view=awaiting_customer")
    assert references(page) == [reference]
    assert "paused: customer" in page.text
    assert references(read("?view=breached")) == []


def test_the_views_count_what_they_show(app, desk, at):
    world, read = desk
    first = opened(app, world, priority=Priority.P1)
    second = opened(app, world, priority=Priority.P2)
    with acting(app):
        found = lock_ticket(world.agent.actor, first)
        desk_operations.assign(world.agent.actor, found, world.agent.user_id, now=MONDAY)
    at(MONDAY + timedelta(minutes=10))
    expected = {
        "mine": [first],
        "unassigned": [second],
        "due": [first],
        "p1": [first],
        "breached": [],
        "awaiting_customer": [],
        "update_owed": [],
    }
    page = read().text
    for view, found in expected.items():
        assert references(read(f"?view={view}")) == found, view
        count = re.search(rf'view={view}".*?views-count">(\d+)<', page, re.DOTALL)
        assert int(count[1]) == len(found), view


def test_inc_7_an_update_is_owed_after_the_interval_of_the_priority(app, desk, at):
    world, read = desk
    reference = opened(app, world, priority=Priority.P1)
    at(MONDAY + timedelta(minutes=59))
    assert references(read("?view=update_owed")) == []
    at(MONDAY + timedelta(hours=1))
    assert references(read("?view=update_owed")) == [reference]


def test_filters_and_order_live_in_the_address(app, desk):
    world, read = desk
    low = opened(app, world, priority=Priority.P3)
    high = opened(app, world, priority=Priority.P1, at=MONDAY + timedelta(minutes=1))
    assert references(read("?priority=P3")) == [low]
    assert references(read("?order=newest")) == [high, low]
    assert references(read("?order=oldest")) == [low, high]
    assert references(read("?priority=P3&line=2")) == []
    assert references(read(f"?customer={world.foreign.code}")) == []
    assert "Nothing fits these filters." in read("?priority=P4").text


@pytest.mark.parametrize(
    "query",
    [
        "?view=x&state=y&priority=P9&line=9&order=z",
        "?after=x~y~z",
        "?q=%00",
        "?customer=%00",
        "?after=0~2026-01-01T00:00:00~1",
        "?before=99999999999999999999~x~1",
        "?columns=x",
        "?saved=x",
    ],
)
def test_an_address_nobody_wrote_is_no_fault(desk, query):
    _world, read = desk
    assert read(query).status_code == 200


def test_the_search_finds_reference_title_text_and_customer(app, desk):
    world, read = desk
    wanted = opened(app, world, title="Roaming export écrasé", description="Nothing after June")
    other = opened(app, world, of=world.foreign, title="Slow pages", description="")
    for words in (wanted, wanted[4:], "roaming", "ecrase", "exp", "june"):
        assert references(read(f"?q={words}")) == [wanted], words
    assert references(read("?q=Foreign")) == [other]
    assert references(read("?q=nonsense")) == []


def test_the_search_finds_ended_tickets_too(app, desk):
    world, read = desk
    reference = opened(app, world, title="Zebra")
    with acting(app):
        found = lock_ticket(world.agent.actor, reference)
        operations.resolve(
            world.agent.actor, found, "Done.", is_temporary=False, at=MONDAY, now=MONDAY
        )
    assert references(read()) == []
    assert references(read("?q=zebra")) == [reference]
    assert references(read("?state=resolved")) == [reference]


def test_pages_follow_one_another_without_gap(app, desk):
    world, read = desk
    with acting(app):
        for minute in range(60):
            ticket(world, at=MONDAY + timedelta(minutes=minute))
    first = read("?order=oldest")
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    second = read(following[1].removeprefix("/desk").replace("&amp;", "&"))
    assert len(references(first)) == 50
    assert len(references(second)) == 10
    assert len({*references(first), *references(second)}) == 60
    back = re.search(r'rel="prev" href="([^"]+)"', second.text)
    again = read(back[1].removeprefix("/desk").replace("&amp;", "&"))
    assert references(again) == references(first)


def test_the_file_holds_every_row_with_the_figures_of_each_clock(app, desk):
    world, read = desk
    with acting(app):
        for _ in range(3):
            ticket(world, priority=Priority.P1, title="=1+1")
    answer = read("?export=csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert rows[0]["Title"] == "'=1+1"
    assert rows[0]["Created"] == "2026-06-08T09:00:00+02:00"
    assert rows[0]["Time to react · Due"] == "2026-06-08T10:00:00+02:00"
    assert rows[0]["Time to react · Counted (s)"] == "0"
    assert rows[0]["Time to react · Left (s)"] == "3600"
    assert rows[0]["Time to restore · State"] == "running"
    assert rows[0]["Time to restore · Left (s)"] == "86400"
    assert "Clocks" not in rows[0]
    workbook = read("?export=xlsx")
    assert workbook.status_code == 200
    assert workbook.data.startswith(b"PK")
    workbook.close()


def test_the_headings_of_a_file_are_in_the_readers_language(app, desk):
    world, read = desk
    opened(app, world)
    with acting(app) as session:
        session.get_one(User, world.agent.user_id).language = "fr"
    head = read("?export=csv").data.decode("utf-8-sig").splitlines()[0]
    assert "Référence" in head
    assert "Reference" not in head


def test_columns_can_be_chosen(app, desk):
    world, read = desk
    opened(app, world)
    heads = re.findall(r"column-(\w+)", read("?columns=owner&columns=created").text)
    assert heads == ["reference", "title", "owner", "created"]


def test_empty_views_say_what_will_be_there(desk):
    _world, read = desk
    assert "New incidents appear here by themselves" in read().text
    assert "Nothing is assigned to you" in read("?view=mine").text


def test_a_customer_has_no_desk(app, client, desk):
    world, _read = desk
    sign_in(client, world.representative)
    refused = client.get("/desk")
    assert refused.status_code == 403
    assert "Your role does not include this." in refused.text
    assert "desk:tickets:read" not in refused.text


def test_a_title_cannot_become_markup(app, desk):
    world, read = desk
    opened(app, world, title="<script>alert(1)</script>")
    assert "<script>alert" not in read().text


def test_inc_4_tickets_of_every_channel_stand_in_one_queue(app, desk):
    world, read = desk
    by_phone = opened(app, world)
    by_portal = opened(app, world, by=world.representative)
    with acting(app):
        report = replace(operations.Report("t", Priority.P3, Channel.MAIL), notified_at=MONDAY)
        contract = lock_ticket(world.agent.actor, by_phone).contract_id
        by_mail = operations.open_ticket(
            world.agent.actor, db.session.get_one(Contract, contract), report, now=MONDAY
        ).reference
    assert set(references(read())) == {by_phone, by_portal, by_mail}

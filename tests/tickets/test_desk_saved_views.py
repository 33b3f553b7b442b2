"""Saved views of the queue: a name for filter, columns and order, shared by its link."""

import re

import pytest
from sqlalchemy import select

from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.tenancy import Scope
from ops_portal.tickets import saved_views
from ops_portal.tickets.saved_views import SavedView
from sla.policy import Priority
from tests.factories import MONDAY, make_world, sign_in, ticket
from tests.portal import acting


@pytest.fixture
def world(app, client):
    with acting(app):
        found = make_world()
        ticket(found, priority=Priority.P1)
    sign_in(client, found.agent)
    return found


def save(client, query, name):
    page = client.get(f"/desk?{query}")
    form = page.text.partition('action="/desk/views"')[2].partition("</form>")[0]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    sent = {}
    for key, value in [*pairs, ("name", name)]:
        sent.setdefault(key, []).append(value)
    return client.post("/desk/views", data=sent)


def test_a_view_keeps_filter_columns_and_order(client, world):
    query = "view=p1&state=new&state=waiting&priority=P1&order=oldest&columns=owner&columns=created"
    link = save(client, f"{query}&after=1~2&export=", "Morning").location
    opened = client.get(link)
    for part in query.split("&"):
        assert part in opened.location
    assert "after" not in opened.location
    page = client.get(opened.location)
    assert "Morning" in page.text
    assert re.findall(r"column-(\w+)", page.text) == ["reference", "title", "owner", "created"]


def test_only_the_saved_view_is_marked_while_it_is_open(client, world):
    page = client.get(save(client, "priority=P1", "Morning").location, follow_redirects=True)
    views = page.text.partition('id="desk-views"')[2]
    marked = re.findall(r'aria-current="page">([^<]*)', views.partition("desk-tools")[0])
    assert marked == ["Morning"]


def test_a_colleague_opens_the_link_but_cannot_delete_the_view(app, client, world):
    link = save(client, "view=mine", "Mine of the day").location
    sign_in(client, world.other_agent)
    page = client.get(link, follow_redirects=True)
    assert "Mine of the day" in page.text
    assert "(shared with you)" in page.text
    assert "Delete this view" not in page.text
    assert "Mine of the day" not in client.get("/desk").text
    token = link.rsplit("/", 1)[1]
    with acting(app), pytest.raises(NotFoundError):
        saved_views.delete_view(world.other_agent.actor, token, now=MONDAY)


def test_the_same_name_changes_the_view(app, client, world):
    first = save(client, "priority=P1", "Morning").location
    second = save(client, "priority=P2", "Morning").location
    assert first == second
    with acting(app) as session:
        assert session.scalars(select(SavedView)).one().query == {"priority": ["P2"]}


def test_a_view_is_deleted_on_its_page(app, client, world):
    link = save(client, "view=mine", "Morning").location
    page = client.get(link, follow_redirects=True).text
    form = page.partition(f'action="{link}/delete"')[2].partition("</form>")[0]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert client.post(f"{link}/delete", data=sent).status_code == 303
    with acting(app) as session:
        assert session.scalars(select(SavedView)).all() == []


def test_a_view_without_a_name_is_refused_and_the_queue_stays_as_it_was(client, world):
    answer = save(client, "priority=P1", "  ")
    assert answer.status_code == 303
    assert "priority=P1" in answer.location
    assert "Give the view a name." in client.get(answer.location).text


def test_there_is_an_end_to_the_number_of_views(app, world):
    with acting(app):
        for number in range(saved_views.MOST):
            saved_views.save_view(world.agent.actor, f"View {number}", {}, now=MONDAY)
        with pytest.raises(RefusedError):
            saved_views.save_view(world.agent.actor, "One more", {}, now=MONDAY)


def test_customers_see_no_view_of_the_provider(app, client, world):
    save(client, "view=mine", "Morning")
    with acting(app, Scope.customers(world.home.customer_id)) as session:
        assert session.scalars(select(SavedView)).all() == []


def test_a_link_nobody_made_is_not_found(client, world):
    assert client.get("/desk/views/unknown").status_code == 404

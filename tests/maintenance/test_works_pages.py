"""The pages of planned works, and the public notice."""

import re

import pytest
from sqlalchemy import select

from ops_portal.maintenance.models import AffectedElement, PlannedWork
from tests.factories import MONDAY, make_world, sign_in
from tests.portal import acting


@pytest.fixture
def world(app, client, monkeypatch):
    monkeypatch.setattr("ops_portal.maintenance.views.now", lambda: MONDAY)
    monkeypatch.setattr("ops_portal.home.views.now", lambda: MONDAY)
    with acting(app):
        found = make_world()
    sign_in(client, found.operator)
    return found


def hidden(page):
    return {
        name: re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]
        for name in ("csrf_token", "_once")
    }


def announce(client, page=None, **changes):
    page = page or client.get("/operations/works/new")
    typed = {
        "title": "New storage",
        "description": "Reports are away.",
        "reach": "all",
        "starts_at": "2026-06-09T23:00",
        "ends_at": "2026-06-10T03:00",
        "is_interrupting": "y",
    }
    return client.post("/operations/works/new", data=typed | hidden(page) | changes)


def test_mnt_1_works_are_announced_for_everything_or_for_chosen_parts(app, client, world):
    assert announce(client).status_code == 303
    assert (
        announce(client, reach="chosen", elements=[str(world.home.element_id)]).status_code == 303
    )
    with acting(app) as session:
        touched = [
            len(session.scalars(select(AffectedElement).filter_by(work_id=work.id)).all())
            for work in session.scalars(select(PlannedWork).order_by(PlannedWork.id))
        ]
    assert touched == [2, 1]


def test_mnt_1_outside_the_window_the_page_warns_and_keeps_what_was_typed(client, world):
    warned = announce(client, starts_at="2026-06-09T12:00", ends_at="2026-06-09T13:00")
    assert warned.status_code == 422
    assert "outside the planned-works window" in warned.text
    assert "Reports are away." in warned.text
    again = announce(
        client,
        warned,
        starts_at="2026-06-09T12:00",
        ends_at="2026-06-09T13:00",
        is_outside_confirmed="y",
    )
    assert again.status_code == 303
    assert "yes, confirmed" in client.get(again.location).text


def test_t24_the_page_says_how_long_works_really_last(client, world):
    answer = announce(client, starts_at="2026-10-24T23:00", ends_at="2026-10-25T06:00")
    assert "8\u202fh" in client.get(answer.location).text


def test_t26_a_start_that_does_not_exist_is_refused(client, world):
    refused = announce(client, starts_at="2027-03-28T02:30", ends_at="2027-03-28T04:00")
    assert refused.status_code == 422
    assert "does not exist" in refused.text


def test_mnt_2_the_notice_stands_on_the_public_page_without_login(app, client, world):
    announce(client)
    public = app.test_client().get("/status")
    assert public.status_code == 200
    assert "New storage" in public.text
    assert "Home" not in public.text.replace("Homepage", "")


def test_mnt_2_without_long_works_the_public_page_says_so(app, world):
    page = app.test_client().get("/status", headers={"Accept-Language": "en"})
    assert "No maintenance is announced" in page.text


def test_mnt_3_works_are_extended_and_cancelled_on_their_page(client, world):
    place = announce(client).location
    page = client.get(place)
    extended = client.post(f"{place}/extend", data=hidden(page) | {"ends_at": "2026-06-10T05:00"})
    assert extended.status_code == 303
    page = client.get(place)
    assert "extended from" in page.text
    refused = client.post(f"{place}/cancel", data=hidden(page) | {"reason": ""})
    assert refused.status_code == 422
    cancelled = client.post(f"{place}/cancel", data=hidden(refused) | {"reason": "Postponed"})
    assert cancelled.status_code == 303
    assert "cancelled: Postponed" in client.get(place).text


def test_the_list_shows_coming_past_and_cancelled_works(app, client, world):
    announce(client)
    for when, is_shown in (("coming", True), ("past", False), ("cancelled", False), ("", True)):
        assert ("New storage" in client.get(f"/operations/works?when={when}").text) is is_shown
    exported = client.get("/operations/works?export=csv")
    assert "New storage" in exported.data.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("who", "reads", "announces"),
    [
        ("agent", 200, 403),
        ("manager", 200, 403),
        ("operator", 200, 200),
        ("clerk", 403, 403),
        ("representative", 403, 403),
    ],
)
def test_only_the_operator_announces(client, world, who, reads, announces):
    sign_in(client, getattr(world, who))
    assert client.get("/operations/works").status_code == reads
    assert client.get("/operations/works/new").status_code == announces


def test_sending_twice_announces_once(app, client, world):
    page = client.get("/operations/works/new")
    assert announce(client, page).location == announce(client, page).location
    with acting(app) as session:
        assert len(session.scalars(select(PlannedWork)).all()) == 1


def test_works_nobody_announced_are_not_found(client, world):
    assert client.get("/operations/works/77").status_code == 404

"""Two people, one ticket: nothing is overwritten, nothing typed is lost, nothing happens twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ops_portal.core.errors import PortalError
from ops_portal.tickets import operations
from ops_portal.tickets.queries import lock_ticket
from tests.portal import acting
from tests.tickets.agent_page import an_office, kinds
from tests.tickets.desk import at


@pytest.fixture
def office(app, monkeypatch):
    return an_office(app, monkeypatch)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("reply", {"body": "It works again, does it not?"}, "It works again, does it not?"),
        (
            "resolve",
            {"body": "Restarted the proxy.", "solution": "permanent"},
            "Restarted the proxy.",
        ),
        ("start", {"reason": "by telephone"}, "by telephone"),
    ],
)
def test_a_stale_save_shows_both_versions_and_is_applied_by_one_click(office, name, typed, kept):
    slow, quick = office.agent(), office.agent(office.world.other_agent)
    quick.send("note", body="I have called them just now.")
    answer = slow.send(name, **typed)
    assert answer.status_code == 409
    assert "Somebody was faster" in slow.words
    assert "I have called them just now." in slow.words.partition("Since you loaded")[2]
    assert kept in answer.text
    assert kinds(office) == ["noted"]
    assert "Apply it to the new version" in slow.words
    assert slow.send(name, **typed).status_code == 303


def test_a_confirmation_of_a_preview_that_is_out_of_date_is_refused(office):
    slow, quick = office.agent(), office.agent(office.world.other_agent)
    typed = {"priority": "P3", "basis": "correction", "reason": "one team only"}
    slow.send("priority", **typed)
    quick.send("note", body="Wait, it is all of them.")
    assert slow.send("priority", is_confirmed=True, **typed).status_code == 409
    assert kinds(office) == ["noted"]


def test_a_form_without_a_version_is_taken_as_stale(office):
    page = office.agent()
    data = {**page.hidden(), "note-body": "x"}
    del data["version"]
    assert page.client.post(f"{page.address}/note", data=data).status_code == 409


def test_two_people_resolving_at_once_resolve_once(office):
    def resolve(number):
        agent = (office.world.agent, office.world.other_agent)[number].actor
        try:
            with acting(office.app):
                ticket = lock_ticket(agent, office.reference)
                operations.resolve(
                    agent, ticket, f"By {number}", is_temporary=False, at=NOON, now=NOON
                )
        except PortalError as error:
            return error.status
        return 200

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(resolve, range(2)))
    assert answers == [200, 422]
    assert kinds(office).count("resolved") == 1


NOON = at("2026-06-08 12:00")

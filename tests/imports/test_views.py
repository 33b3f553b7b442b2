"""The pages of imports: who may, what is told, what a form keeps and refuses."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob, run
from ops_portal.imports.models import ImportRun
from ops_portal.imports.results import results_of
from ops_portal.tickets.models import Ticket
from tests.accounts.browsing import Browser, words_of
from tests.factories import World, sign_in
from tests.imports.logs import arranged, as_csv, begun, data_of, imported, looking, story, varied
from tests.portal import acting

LOG = as_csv([*story("A"), *story("B", sys_created_at="?"), *story("=C", priority="9 - Odd")])


@pytest.fixture
def world(app: Flask) -> World:
    return arranged(app)


@pytest.fixture
def operator(client: FlaskClient, world: World) -> Browser:
    sign_in(client, world.operator)
    return Browser(client)


def send(browser: Browser, world: World, content: str = LOG, **fields: object) -> TestResponse:
    data = {
        "file": (io.BytesIO(content.encode()), "../log.csv"),
        "contract": str(world.home.contract_id),
        "mapping": "auto",
    }
    return browser.send("/imports/new", data | fields, content_type="multipart/form-data")


def work(app: Flask) -> None:
    """Do what waits in the outbox, as the worker does."""
    with acting(app):
        waiting = db.session.scalars(select(OutboxJob.id).filter_by(name="imports.run")).all()
    with app.app_context():
        for job_id in waiting:
            run(job_id, now())


def test_a_log_is_sent_imported_by_the_worker_and_told(
    app: Flask, operator: Browser, world: World
) -> None:
    answer = send(operator, world)
    assert answer.status_code == 303
    page = operator.get(answer.location)
    assert "Waiting to begin" in page.text
    assert 'hx-trigger="every 2s"' in page.text
    work(app)
    words = words_of(operator.get(answer.location))
    assert "imported as they are 11 2 imported after a repair 1" in words
    assert "refused 6 1 read 18 3" in words
    assert "A priority is missing or unknown to the mapping." in words
    assert "hx-trigger" not in operator.get(answer.location).text


def test_the_same_file_leads_to_the_run_that_read_it(
    app: Flask, operator: Browser, world: World
) -> None:
    first = send(operator, world)
    work(app)
    second = send(operator, world)
    assert second.location == first.location
    assert "nothing changes" in operator.get(second.location).text
    with acting(app) as session:
        assert len(session.scalars(select(ImportRun)).all()) == 1


@pytest.mark.parametrize(
    ("content", "fields", "told"),
    [
        ("", {}, "The file is empty."),
        ("a,b\n1,2\n", {}, "No mapping fits the columns of this file"),
        ("a;b\n1;2\n", {}, "Its first line has: a, b."),
        ("\x89PNG\r\n\x00\x00", {}, "This is not a text file."),
        ("a,b\n1,2\n", {"mapping": "servicenow-event-log"}, "The file has no such columns"),
        (LOG, {"mapping": "own"}, "Choose the file of your mapping"),
        (LOG, {"contract": ""}, "Choose a contract."),
        (
            LOG,
            {"mapping": "own", "mapping_file": (io.BytesIO(b"format = 2\n"), "own.toml")},
            "line 1, format",
        ),
    ],
)
def test_a_refused_form_says_why_and_keeps_no_file(
    app: Flask, operator: Browser, world: World, content: str, fields: dict, told: str
) -> None:
    answer = send(operator, world, content, **fields)
    assert answer.status_code == 422
    assert told in words_of(answer)
    folder = data_of(app) / "imports"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_run_is_stopped_and_resumed_from_its_page(
    app: Flask, operator: Browser, world: World
) -> None:
    place = send(operator, world).location
    operator.send(f"{place}/stop", page=place)
    assert "Stopped" in words_of(operator.get(place))
    operator.send(f"{place}/resume", page=place)
    work(app)
    assert "Done" in words_of(operator.get(place))
    again = operator.send(f"{place}/stop", page="/imports/new")
    assert "has ended already" in words_of(operator.get(again.location))


def test_the_report_is_a_file_that_no_spreadsheet_takes_for_a_formula(
    app: Flask, operator: Browser, world: World
) -> None:
    run_id = imported(app, world, LOG).id
    lines = operator.get(f"/imports/{run_id}/findings?export=csv").text.splitlines()
    assert lines[0].removeprefix("\ufeff").startswith("Line,")
    assert lines[1].startswith("8,B,repaired")
    assert lines[2].startswith("14,'=C,refused")


def test_a_finding_shows_the_time_as_it_stands_in_the_file(
    app: Flask, operator: Browser, world: World
) -> None:
    run_id = imported(app, world, as_csv(story("A", opened_at="1/3/2036 09:00"))).id
    assert "1/3/2036 09:00" in operator.get(f"/imports/{run_id}/findings").text


def test_findings_can_be_narrowed_by_their_kind(
    app: Flask, operator: Browser, world: World
) -> None:
    run_id = imported(app, world, LOG).id
    words = words_of(operator.get(f"/imports/{run_id}/findings?code=created_missing"))
    assert " B " in words
    assert "=C" not in words


def test_the_results_count_what_was_imported(app: Flask, world: World) -> None:
    run = imported(app, world, varied(50))
    with looking(app, world):
        found = results_of(run)
    assert {p.priority: p.number for p in found.priorities} == {
        "P1": 10, "P2": 10, "P3": 20, "P4": 9,
    }  # fmt: skip
    restored = {c.priority: dict(c.numbers) for c in found.clocks if c.kpi == "restoration"}
    assert {p: sum(numbers.values()) for p, numbers in restored.items()} == {"P1": 10, "P2": 10}
    assert found.number == 49
    # a half took at most the median: the middle one of an odd number took just that
    p4 = next(p for p in found.priorities if p.priority == "P4")
    assert p4.restoration.median_s <= p4.restoration.p90_s
    assert p4.restoration_target_s is None


def test_the_results_page_links_each_priority_to_its_tickets(
    app: Flask, operator: Browser, world: World
) -> None:
    run_id = imported(app, world, varied(30)).id
    page = operator.get(f"/imports/{run_id}/results")
    assert page.status_code == 200
    assert f"/desk?customer={world.home.code}&amp;priority=P1" in page.text
    assert page.text.count('role="img"') == 2


def test_a_run_without_tickets_says_so(app: Flask, operator: Browser, world: World) -> None:
    run_id, _ = begun(app, world, LOG)
    assert "made no tickets" in operator.get(f"/imports/{run_id}/results").text


def test_a_shipped_mapping_can_be_fetched_to_copy_it(operator: Browser) -> None:
    answer = operator.get("/imports/mappings/helpdesk-tickets.toml")
    assert answer.text.startswith("# An invented help desk")
    assert operator.get("/imports/mappings/nothing.toml").status_code == 404


@pytest.mark.parametrize("name", ["agent", "manager", "clerk", "representative", "access_owner"])
def test_only_the_operator_imports(
    app: Flask, client: FlaskClient, world: World, name: str
) -> None:
    run_id = imported(app, world, LOG).id
    sign_in(client, world.personas()[name])
    for path in ("", "/new", f"/{run_id}", f"/{run_id}/findings", f"/{run_id}/results"):
        assert client.get(f"/imports{path}").status_code == 403


def test_an_unknown_run_is_nowhere(operator: Browser) -> None:
    for path in ("", "/findings", "/results"):
        assert operator.get(f"/imports/999{path}").status_code == 404


def test_an_imported_ticket_tells_its_history_on_the_desk(
    app: Flask, operator: Browser, world: World
) -> None:
    imported(app, world, LOG)
    with looking(app, world) as session:
        ticket = session.scalars(select(Ticket).filter_by(external_reference="A")).one()
    words = words_of(operator.get(f"/desk/tickets/{ticket.reference}"))
    assert "Assigned in the other tool" in words
    assert "Group 1" in words
    assert "imported from servicenow-uci-498" in words

"""The pages of an import, with an import in them: begun, running, done, and what it came to."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from ops_portal.imports.models import ImportRun
from tests.browser.looking import look
from tests.factories import World
from tests.imports.logs import arranged, begun, done, imported, varied
from tests.portal import acting

pytestmark = pytest.mark.browser


@pytest.fixture
def world(app: Flask) -> World:
    return arranged(app)


@pytest.fixture
def operator(world: World, enter) -> None:
    enter(world.operator)


@pytest.fixture
def run(app: Flask, world: World) -> ImportRun:
    return imported(app, world, varied(120), name="incident_event_log.csv")


@pytest.mark.usefixtures("operator")
def test_a_log_is_sent_and_followed(app: Flask, page: Page, live_url: str, tmp_path) -> None:
    page.goto(f"{live_url}/imports")
    look(page, "imports-index-empty")
    page.get_by_role("link", name="Import a log").first.click()
    look(page, "imports-new")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Choose a file")
    look(page, "imports-new-refused", is_french_too=False)
    log = tmp_path / "log.csv"
    log.write_text(varied(40))
    page.set_input_files("#file", log)
    page.select_option("#contract", index=1)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import of log.csv")
    look(page, "imports-run-waiting")
    done(app, 1)
    expect(page.get_by_role("link", name="Results")).to_be_visible()


@pytest.mark.usefixtures("operator")
def test_a_finished_import_reads_well(page: Page, live_url: str, run: ImportRun) -> None:
    page.goto(f"{live_url}/imports")
    look(page, "imports-index")
    page.goto(f"{live_url}/imports/{run.id}")
    look(page, "imports-run")
    page.get_by_role("link", name="All repairs and refusals by line").click()
    look(page, "imports-findings")


@pytest.mark.usefixtures("operator")
def test_the_results_read_well(page: Page, live_url: str, run: ImportRun) -> None:
    page.goto(f"{live_url}/imports/{run.id}/results")
    look(page, "imports-results")
    for summary in page.get_by_text("The figures as a table").all():
        summary.click()
    look(page, "imports-results-tables", is_french_too=False)


@pytest.mark.usefixtures("operator")
def test_an_import_under_way_reads_well(
    app: Flask, world: World, page: Page, live_url: str
) -> None:
    run_id, _is_new = begun(app, world, varied(30))
    with acting(app) as session:
        run = session.get_one(ImportRun, run_id)
        run.state, run.bytes_done = "running", run.file_bytes // 3
    page.goto(f"{live_url}/imports/{run_id}")
    look(page, "imports-run-stalled")

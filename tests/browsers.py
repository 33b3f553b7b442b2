"""A real Chromium for the tests marked `browser`, and the portal at an address it can open.

    @pytest.mark.browser
    def test_the_queue_reads_well(page, live_url): ...

Without a Chromium these tests are skipped, saying so; with PORTAL_REQUIRE_BROWSER=1 they fail.
PORTAL_CHROMIUM names the program where it is not on the path.
"""

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
import waitress.server
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from waitress import wasyncore

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "no Chromium was found: install one, or name it in PORTAL_CHROMIUM"


def chromium() -> str | None:
    """Return the program, where there is one."""
    named = os.environ.get("PORTAL_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a browser where there is none; fail where one is required."""
    if item.get_closest_marker("browser") is None or chromium():
        return
    if os.environ.get("PORTAL_REQUIRE_BROWSER") == "1":
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start one Chromium per process of the run."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page without cookies, in English."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Brussels")
    yield context.new_page()
    context.close()


@pytest.fixture
def live_url(app: Flask) -> Iterator[str]:
    """Serve the portal of this test on a free port and return its address."""
    server = waitress.server.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    # closed from inside its own loop: a socket closed under a waiting select is not noticed
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
    thread.join(5)
    server.task_dispatcher.shutdown(timeout=60)  # a request cut off would leave its connection

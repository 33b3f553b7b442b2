"""A browser that is listened to: whatever a page complains about fails its test."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import ConsoleMessage, Page, Response

from ops_portal import demo
from ops_portal.accounts.queries import actor_for, user_by_email
from ops_portal.core.clock import now
from ops_portal.core.config import Config
from ops_portal.core.db import db
from tests.browser import props
from tests.factories import Person, World, in_system, make_world, sign_in
from tests.portal import acting
from tests.servers import clone, renew, worker_number

ERROR = 400
REFUSED_FORM = 422


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """Return the page; at the end nothing was logged, refused by the policy or missing."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # what could not be loaded is judged by its answer below, where an error page is no fault
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(f"{page.url}: {message.text}")

    def on_response(response: Response) -> None:
        is_page = response.request.resource_type == "document"
        if response.status >= ERROR and not is_page and response.status != REFUSED_FORM:
            complaints.append(f"{page.url}: {response.status} {response.url}")

    page.on("console", on_console)
    page.on("response", on_response)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    yield page
    assert complaints == []


@pytest.fixture
def world(app: Flask) -> World:
    """Return a world in this test's database."""
    with app.app_context():
        return in_system(make_world)


@pytest.fixture
def enter(app: Flask, page: Page, live_url: str) -> Callable[[Person], None]:
    """Return what signs the browser in as a person, the way the login would."""

    def sign(person: Person) -> None:
        client = app.test_client()
        sign_in(client, person)
        cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_url}])

    return sign


@pytest.fixture(scope="session")
def demonstrated(assembled: Flask, migrated: str) -> str:
    """Return the name of a database with the demonstration in it, to be copied from."""
    own = f"{migrated}_{worker_number()}"
    config: Config = assembled.extensions["portal.config"]
    renew(migrated, own)
    config.data.mkdir(exist_ok=True)
    with acting(assembled):
        demo.load(config.data, now=now())
    props.set_up(assembled)
    with assembled.app_context():
        db.engine.dispose()
    return clone(own)


@pytest.fixture
def persona(app: Flask, migrated: str, demonstrated: str) -> Callable[[str], Person]:
    """Put the demonstration into this test's database; return who finds its people by address."""
    with app.app_context():
        db.engine.dispose()
    renew(demonstrated, f"{migrated}_{worker_number()}")

    def find(email: str) -> Person:
        with acting(app):
            user = user_by_email(email)
            assert user is not None
            actor = actor_for(user, 0)
            assert actor is not None
            return Person(user.id, email, actor, actor.customer_id)

    return find

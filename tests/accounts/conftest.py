"""What the tests of people share: a world, browsers with somebody in them, and cheap hashing."""

from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from flask import Flask

from ops_portal.accounts import secrets
from tests.accounts.browsing import Browser
from tests.factories import Person, World, make_world, sign_in
from tests.portal import acting


@pytest.fixture(autouse=True)
def cheap_hashing() -> Iterator[None]:
    """Hash with the smallest cost: these tests are about what happens, not about the cost."""
    usual = secrets._hasher
    secrets.use_hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield
    secrets.use_hasher(usual)


@pytest.fixture
def world(app: Flask) -> World:
    """Return a world in this test's database."""
    with acting(app):
        return make_world()


@pytest.fixture
def browse(app: Flask) -> Callable[..., Browser]:
    """Return what opens a browser, with a person signed in or with nobody."""

    def open_browser(person: Person | None = None) -> Browser:
        browser = Browser(app.test_client())
        if person is not None:
            sign_in(browser.client, person)
        return browser

    return open_browser

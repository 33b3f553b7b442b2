"""The portal on a database of its own: migrated once per run, fresh for every test.

`app` is the portal on a fresh copy of the migrated database with the foundation laid (the
provider, the service description, the calendar) and an empty Valkey database. Requests go through
`client`; operations and queries through

    with acting(app) as session:          # a system scope; or acting(app, Scope.customers(1))
        ticket = open_ticket(...)         # committed at the end

Keep the two apart: a request made inside `acting` would share its context.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from ops_portal.app import create_app
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.migrate import upgrade
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.foundation import lay_foundation
from tests.servers import renew, servers, template_database, worker_number

BASE_URL = "http://localhost"
FOUNDED = datetime(2026, 1, 1, tzinfo=UTC)
TEST_KEY = "only-for-tests-Zq3vT8mLw2xNc7RkYd5G"
OTHER_TEST_KEY = "also-for-tests-p9HdY4sKe6uWb1JfXa8V"


@contextmanager
def acting(app: Flask, scope: Scope | None = None) -> Iterator[Session]:
    """Open a context and a scope (the system's unless given); commit at the end."""
    with app.app_context(), scoped(scope or Scope.system("test"), db.session):
        yield db.session()
        db.session.commit()


def config_for(database: str, data: Path) -> Config:
    """Return settings for a database of the test servers."""
    return Config(
        database_url=servers().runtime_url(database),
        redis_url=servers().redis_url(worker_number()),
        secret_key=TEST_KEY,
        audit_key=OTHER_TEST_KEY,
        data=data,
        base_url=BASE_URL,
    )


def build_foundation(owner_url: str) -> None:
    """Migrate an empty database and lay the foundation in it."""
    upgrade(owner_url)
    app = create_app(config_for(make_url(owner_url).database or "", Path("data")))
    with acting(app):
        lay_foundation("Assist & Care", now=FOUNDED)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def migrated() -> str:
    """Return the name of the migrated database that others are copied from."""
    return template_database(build_foundation)


@pytest.fixture(scope="session")
def assembled(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Assemble the portal once per process; its database comes with each test."""
    return create_app(config_for(f"{migrated}_{worker_number()}", tmp_path_factory.mktemp("data")))


@pytest.fixture
def app(assembled: Flask, migrated: str) -> Iterator[Flask]:
    """Return the portal on a fresh database."""
    config: Config = assembled.extensions["portal.config"]
    renew(migrated, f"{migrated}_{worker_number()}")
    shutil.rmtree(config.data, ignore_errors=True)
    config.data.mkdir()
    with redis.Redis.from_url(config.redis_url) as valkey:
        valkey.flushdb()
    yield assembled
    with assembled.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser-like client without cookies."""
    return app.test_client()

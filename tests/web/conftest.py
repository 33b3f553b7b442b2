"""A portal without its servers, for what the edge does by itself."""

from pathlib import Path

import pytest
from flask import Flask

from ops_portal.app import create_app
from ops_portal.core.config import Config

KEY = "only-for-tests-Zq3vT8mLw2xNc7RkYd5G"


@pytest.fixture(scope="session")
def edge() -> Flask:
    """Return the portal; nothing in it reaches a database."""
    return create_app(Config("postgresql+psycopg://", "redis://", KEY, KEY, Path("data")))

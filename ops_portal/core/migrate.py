"""Bringing the database to the version of the code; done by the owner role, never by the portal."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config(owner_url: str) -> AlembicConfig:
    """Return Alembic's settings for a database."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = owner_url
    return config


def upgrade(owner_url: str) -> None:
    """Apply every migration that is missing."""
    command.upgrade(alembic_config(owner_url), "head")


def is_current(url: str) -> bool:
    """Whether the database stands at the newest migration."""
    head = ScriptDirectory.from_config(alembic_config(url)).get_current_head()
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() == head
    finally:
        engine.dispose()

"""What the isolation tests share: a database whose policies are switched off."""

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.servers import servers


@pytest.fixture
def unprotected(app):
    """Switch the policies of the ticket tables off in this test's database."""
    name = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    engine = create_engine(servers().superuser_url(name), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for table in ("tickets", "facts", "presences"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))
    engine.dispose()

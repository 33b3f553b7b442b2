"""Every table and view of the database is covered: a new one that is not, fails."""

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from ops_portal.core.db import Base
from ops_portal.core.tenancy import TenantMixin
from tests.portal import acting
from tests.servers import servers
from tests.tenancy.catalogue import TECHNICAL, findings

WRONG = {
    "a table without policy": "CREATE TABLE extra (customer_id bigint NOT NULL)",
    "a nullable owner": "ALTER TABLE tickets ALTER customer_id DROP NOT NULL",
    "a policy switched off": "ALTER TABLE facts DISABLE ROW LEVEL SECURITY",
    "a policy not forced": "ALTER TABLE facts NO FORCE ROW LEVEL SECURITY",
    "a policy dropped": "DROP POLICY scope ON tickets",
    "a second, permissive policy": "CREATE POLICY more ON tickets USING (true)",
    "a view of its owner": "CREATE VIEW extra AS SELECT * FROM tickets",
    "a materialised view": "CREATE MATERIALIZED VIEW extra AS SELECT 1",
    "a key without the tenant": "ALTER TABLE facts ADD FOREIGN KEY (ticket_id) REFERENCES tickets",
    "a backup role that writes": "GRANT UPDATE ON tickets TO portal_backup",
    "a function behind the policies": (
        "CREATE FUNCTION extra() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " AS 'SELECT count(*) FROM tickets'"
    ),
}


def test_the_catalogue_is_clean(app):
    with acting(app) as session:
        assert findings(session) == []


def test_every_tenant_model_has_its_column_and_every_table_its_model(app):
    owned = {
        m.class_.__table__.name for m in Base.registry.mappers if issubclass(m.class_, TenantMixin)
    }
    with acting(app) as session:
        found = session.scalars(
            text(
                "SELECT table_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND column_name = 'customer_id'"
            )
        )
        assert set(found) - {"audit_heads"} == owned
        tables = set(
            session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        )
    assert tables == set(Base.metadata.tables) | (set(TECHNICAL) & tables)


@pytest.mark.parametrize("fault", WRONG)
def test_the_catalogue_notices(app, fault):
    name = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    engine = create_engine(servers().superuser_url(name))
    with engine.connect() as connection, Session(connection) as session:
        session.execute(text(WRONG[fault]))
        assert findings(session) != []
        session.rollback()
    engine.dispose()

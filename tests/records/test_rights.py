"""What the database lets the deletion do is exactly what the register says (CON-4, GDP-2)."""

from sqlalchemy import text

from ops_portal.records.register import Owner, register
from tests.portal import acting


def rights(app, kind):
    query = text(
        "SELECT table_name || coalesce('.' || column_name, '') FROM ("
        " SELECT table_name, NULL AS column_name, privilege_type, grantee"
        "  FROM information_schema.role_table_grants"
        " UNION ALL SELECT table_name, column_name, privilege_type, grantee"
        "  FROM information_schema.role_column_grants) g"
        " WHERE grantee = 'portal_eraser' AND privilege_type = :kind"
        "  AND (column_name IS NULL) = (:kind = 'DELETE')"
    )
    with acting(app) as session:
        return set(session.scalars(query, {"kind": kind}))


def test_whole_rows_go_where_the_register_says_so(app):
    """CON-4: the message is the line to add to a migration."""
    tables = register().tables.values()
    wanted = {t.name for t in tables if (t.is_deleted or t.is_held) and t.owner is not Owner.NONE}
    found = rights(app, "DELETE")
    assert not wanted - found, f"add to a migration: policies.let_erase{tuple(wanted - found)}"
    assert found - wanted == set(), "the register keeps these"


def test_columns_are_emptied_where_the_register_says_so(app):
    wanted = {f"{t.name}.{c}" for t in register().tables.values() for c in t.cleared}
    found = rights(app, "UPDATE")
    missing = sorted(wanted - found)
    assert not missing, f"add policies.let_clear(table, columns) to a migration: {missing}"
    assert found - wanted == set(), "the register keeps these"


def test_nothing_new_is_written_by_it(app):
    assert rights(app, "INSERT") == set()

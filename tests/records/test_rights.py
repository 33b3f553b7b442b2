"""What the database lets the deletion do is exactly what the register says (CON-4, GDP-2)."""

from sqlalchemy import text

from ops_portal.records.register import Owner, register
from tests.portal import acting

OF_TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
AND c.relkind = 'r' AND has_table_privilege('portal_eraser', c.oid, :kind)
"""
OF_COLUMNS = """
SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
AND NOT a.attisdropped AND has_column_privilege('portal_eraser', c.oid, a.attnum, 'UPDATE')
"""


def rights(app, kind):
    with acting(app) as session:
        if kind == "UPDATE":
            return set(session.scalars(text(OF_COLUMNS)))
        return set(session.scalars(text(OF_TABLES), {"kind": kind}))


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

"""What PostgreSQL's own catalogue says of the isolation; each finding is a sentence."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

TECHNICAL = {
    "alembic_version": "the number of the migration",
    "rate_counters": "how often something was tried; hashed buckets, no tenant",
    "schedule_runs": "when the timetable ran last",
}
"""Tables that hold no tenant data at all, each with what it holds."""

SECURITY_DEFINERS = {"portal_search_tickets", "portal_erase"}
"""Functions that look behind the policies; each applies the rule itself and has tests for it."""

RELATIONS = """
SELECT c.relname AS name, c.relkind AS kind,
       c.relrowsecurity AND c.relforcerowsecurity AS is_protected,
       pg_get_userbyid(c.relowner) AS owner,
       coalesce(array_to_string(c.reloptions, ','), '') AS options,
       (SELECT array_agg(p.polcmd::text) FROM pg_policy p WHERE p.polrelid = c.oid) AS commands,
       (SELECT a.attnotnull FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'customer_id' AND NOT a.attisdropped) AS is_owned
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY c.relname
"""
PLAIN_KEYS = """
SELECT con.conname AS name, src.relname AS source, dst.relname AS target
FROM pg_constraint con
JOIN pg_class src ON src.oid = con.conrelid JOIN pg_class dst ON dst.oid = con.confrelid
WHERE con.contype = 'f' AND dst.relname <> 'customers'
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = src.oid AND a.attname = 'customer_id')
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = dst.oid AND a.attname = 'customer_id')
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = src.oid
                  AND a.attname = 'customer_id' AND a.attnum = ANY (con.conkey))
"""
ROLES = """
SELECT rolname AS name, rolsuper AS is_super, rolbypassrls AS is_bypassing,
       rolcreaterole OR rolcreatedb AS makes_things, rolcanlogin AS signs_in
FROM pg_roles WHERE rolname LIKE 'portal\\_%'
"""


def findings(session: Session) -> list[str]:
    """Return everything in the catalogue that breaks the rules of the isolation."""
    return [*_relations(session), *_keys(session), *_roles(session), *_functions(session)]


def _relations(session: Session) -> Iterator[str]:
    for row in session.execute(text(RELATIONS)):
        if row.owner == "portal_runtime":
            yield f"{row.name} belongs to the runtime role"
        if row.kind == "v" and "security_invoker=true" not in row.options:
            yield f"view {row.name} looks behind the policies"
        if row.kind in "mf":
            yield f"{row.name} cannot be protected by policies"
        if row.kind in "rp" and row.name not in TECHNICAL:
            yield from _table(row)


def _table(row: Row[Any]) -> Iterator[str]:
    if not row.is_protected:
        yield f"{row.name} has no forced row-level security"
    if row.commands != ["*"]:
        yield f"{row.name} has not exactly one policy for every command"
    if row.is_owned is False:
        yield f"{row.name}.customer_id may be empty"


def _keys(session: Session) -> Iterator[str]:
    for row in session.execute(text(PLAIN_KEYS)):
        yield f"{row.source} refers to {row.target} without the tenant ({row.name})"


def _roles(session: Session) -> Iterator[str]:
    roles = {row.name: row for row in session.execute(text(ROLES))}
    runtime = roles["portal_runtime"]
    if runtime.is_super or runtime.is_bypassing or runtime.makes_things:
        yield "the runtime role may more than it needs"
    if roles["portal_owner"].is_super or roles["portal_owner"].is_bypassing:
        yield "the owner passes the policies"
    for name in ("portal_search", "portal_eraser"):
        if roles[name].signs_in:
            yield f"somebody can sign in as {name}"
    writes = session.scalar(
        text(
            "SELECT count(*) FROM information_schema.role_table_grants"
            " WHERE grantee = 'portal_backup' AND privilege_type <> 'SELECT'"
        )
    )
    if writes:
        yield "the backup role may write"


def _functions(session: Session) -> Iterator[str]:
    rows = session.scalars(
        text(
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'public' AND p.prosecdef"
        )
    )
    for name in set(rows) ^ SECURITY_DEFINERS:
        yield f"function {name} looks behind the policies, or is gone"

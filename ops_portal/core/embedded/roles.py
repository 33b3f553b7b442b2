"""The database roles, as SQL: run at each start, printed for a database administrator.

`portal_owner` owns the tables and migrates. `portal_runtime` is the application: it owns nothing
and cannot pass by row-level security. `portal_backup` reads everything and writes nothing.
`portal_search` cannot sign in: it owns the one function that looks behind the policies, and the
owner may become it to put that function in place, but has none of its powers otherwise.
`portal_eraser` is the same for the one function that deletes what an approved deletion names.
"""

from collections.abc import Mapping

OWNER, RUNTIME, BACKUP = "portal_owner", "portal_runtime", "portal_backup"
SEARCH, ERASER = "portal_search", "portal_eraser"
LOGINS = ("owner", "runtime", "backup")
DATABASE = "portal"

_PLAIN = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
_ATTRIBUTES = {
    OWNER: f"{_PLAIN} NOBYPASSRLS",
    RUNTIME: f"{_PLAIN} NOBYPASSRLS",
    BACKUP: f"{_PLAIN} BYPASSRLS",
}
_SETTINGS = {
    OWNER: {"lock_timeout": "3s"},
    RUNTIME: {
        "statement_timeout": "15s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "30s",
    },
    BACKUP: {"default_transaction_read_only": "on"},
}


def roles_sql(passwords: Mapping[str, str]) -> str:
    """Return SQL that makes the roles or brings them back to what they should be.

    Args:
        passwords: by `owner`, `runtime` and `backup`.

    """
    logins = [_login_sql(role, passwords[role.removeprefix("portal_")]) for role in _ATTRIBUTES]
    return "\n".join([*logins, _definer_sql(SEARCH), _definer_sql(ERASER)])


def _login_sql(role: str, password: str) -> str:
    lines = [
        _make_sql(role),
        f"ALTER ROLE {role} WITH {_ATTRIBUTES[role]} PASSWORD {_quoted(password)};",
    ]
    lines += [f"ALTER ROLE {role} SET {name} = '{to}';" for name, to in _SETTINGS[role].items()]
    return "\n".join(lines)


def _definer_sql(role: str) -> str:
    attributes = "NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS"
    return "\n".join(
        (
            _make_sql(role),
            f"ALTER ROLE {role} WITH {attributes} PASSWORD NULL;",
            f"GRANT {role} TO {OWNER} WITH INHERIT FALSE, SET TRUE;",
        )
    )


def _make_sql(role: str) -> str:
    return (
        "DO $$ BEGIN\n"
        f"  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN\n"  # nosec B608
        f"    CREATE ROLE {role};\n"
        "  END IF;\n"
        "END $$;"
    )


def create_database_sql(name: str = DATABASE, template: str = "template0") -> str:
    """Return the statement that makes a database of the owner; it cannot run in a transaction."""
    return f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE "{template}";'


def grants_sql(name: str = DATABASE) -> str:
    """Return SQL that lets the three roles that sign in, and nobody else, connect."""
    return (
        f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;\n'
        f'GRANT CONNECT ON DATABASE "{name}" TO {OWNER}, {RUNTIME}, {BACKUP};'
    )


def script(passwords: Mapping[str, str]) -> str:
    """Return the whole of it as input for psql; safe to run again."""
    create = create_database_sql().rstrip(";").replace("'", "''")
    there = f"SELECT FROM pg_database WHERE datname = '{DATABASE}'"  # nosec B608
    return "\n".join(
        (
            "\\set ON_ERROR_STOP on",
            roles_sql(passwords),
            f"SELECT '{create}' WHERE NOT EXISTS ({there}) \\gexec",
            grants_sql(),
            "",
        )
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

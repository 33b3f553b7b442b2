"""The database roles of the embedded mode have exactly the powers they need."""

import psycopg
import pytest

from ops_portal.core.embedded import roles
from tests.servers import plain, servers

ROLE_SQL = (
    "SELECT rolname, rolcanlogin, rolbypassrls, rolsuper OR rolcreaterole OR rolcreatedb"
    " OR rolreplication FROM pg_roles WHERE rolname LIKE 'portal\\_%' ORDER BY 1"
)


@pytest.fixture
def superuser() -> psycopg.Connection:
    return psycopg.connect(plain(servers().superuser_url()), autocommit=True)


def test_each_role_signs_in_and_bypasses_as_designed(superuser: psycopg.Connection) -> None:
    with superuser:
        found = superuser.execute(ROLE_SQL).fetchall()
    assert found == [
        # role, signs in, passes by row-level security, any other power
        (roles.BACKUP, True, True, False),
        (roles.ERASER, False, True, False),
        (roles.OWNER, True, False, False),
        (roles.RUNTIME, True, False, False),
        (roles.SEARCH, False, True, False),
    ]


@pytest.mark.parametrize("role", [roles.SEARCH, roles.ERASER])
def test_the_owner_may_become_a_role_of_functions_but_inherits_nothing(
    superuser: psycopg.Connection, role: str
) -> None:
    sql = (
        "SELECT inherit_option, set_option, admin_option FROM pg_auth_members"
        " WHERE roleid = %s::regrole"
    )
    with superuser:
        assert superuser.execute(sql, (role,)).fetchall() == [(False, True, False)]


@pytest.mark.parametrize(
    ("role", "setting", "value"),
    [
        (roles.RUNTIME, "statement_timeout", "15s"),
        (roles.RUNTIME, "lock_timeout", "3s"),
        (roles.RUNTIME, "idle_in_transaction_session_timeout", "30s"),
        (roles.OWNER, "lock_timeout", "3s"),
        (roles.BACKUP, "default_transaction_read_only", "on"),
    ],
)
def test_time_outs_belong_to_the_role(
    superuser: psycopg.Connection, role: str, setting: str, value: str
) -> None:
    with superuser:
        settings = superuser.execute(
            "SELECT rolconfig FROM pg_roles WHERE rolname = %s", (role,)
        ).fetchone()
    assert settings is not None
    assert f"{setting}={value}" in settings[0]


def test_making_the_roles_again_changes_nothing(superuser: psycopg.Connection) -> None:
    with superuser:
        before = superuser.execute(ROLE_SQL).fetchall()
        superuser.execute(roles.roles_sql(servers().passwords).encode())
        assert superuser.execute(ROLE_SQL).fetchall() == before


def test_a_quote_in_a_password_stays_inside_it(superuser: psycopg.Connection) -> None:
    odd = {**servers().passwords, "backup": "it's; DROP ROLE x"}
    with superuser, superuser.transaction(force_rollback=True):
        superuser.execute(roles.roles_sql(odd).encode())

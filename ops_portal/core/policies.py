"""Row-level security as SQL: layer three of the isolation, written by the migrations.

Every table is protected by exactly one of these; a test compares the catalogue with the models.
"""

from alembic import op

FUNCTIONS = """
CREATE FUNCTION portal_sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('portal.scope', true) IN ('staff', 'system'), false) $$;
CREATE FUNCTION portal_is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('portal.scope', true) = 'system', false) $$;
CREATE FUNCTION portal_customers() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN current_setting('portal.scope', true) = 'customers'
   THEN string_to_array(nullif(current_setting('portal.customers', true), ''), ',')::bigint[]
   END $$;
CREATE FUNCTION portal_user() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('portal.user', true), '')::bigint $$;
"""

ALL = "(SELECT portal_sees_all())"
SYSTEM = "(SELECT portal_is_system())"
TENANT = f"{ALL} OR {{column}} = ANY ((SELECT portal_customers())::bigint[])"
OWN = "{column} = (SELECT portal_user())"
READ_ADD = "SELECT, INSERT"
READ_ADD_CHANGE = "SELECT, INSERT, UPDATE"
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"


def protect_tenant(
    table: str, *, column: str = "customer_id", grant: str = READ_ADD_CHANGE
) -> None:
    """Let the runtime role touch the rows of the scope's tenants only."""
    rule = TENANT.format(column=column)
    _policy(table, rule, rule, grant)


def protect_own(table: str, *, column: str = "user_id", grant: str = READ_ADD_CHANGE) -> None:
    """Let a person touch the own rows, staff and jobs all."""
    rule = f"{ALL} OR {OWN.format(column=column)}"
    _policy(table, rule, rule, grant)


def protect_system(table: str, *, grant: str = READ_ADD_CHANGE) -> None:
    """Let only jobs and the sign-in touch the rows."""
    _policy(table, SYSTEM, SYSTEM, grant)


def protect_published(table: str, *, grant: str = READ_ADD) -> None:
    """Let everybody read what holds for all tenants, and only staff and jobs write it."""
    _policy(table, "true", ALL, grant)


def protect_with(table: str, *, using: str, check: str, grant: str = READ_ADD_CHANGE) -> None:
    """Protect a table by a rule of its own."""
    _policy(table, using, check, grant)


def let_erase(*tables: str) -> None:
    """Let the deletion of an ended customer delete its rows of these tables (CON-4)."""
    for table in tables:
        op.execute(f"GRANT SELECT, DELETE ON {table} TO portal_eraser")


def let_clear(table: str, columns: str) -> None:
    """Let the deletion of an ended customer empty these columns of rows that stay (CON-4)."""
    op.execute(f"GRANT SELECT, UPDATE ({columns}) ON {table} TO portal_eraser")


def open_technical(table: str) -> None:
    """Grant a table that holds no tenant data at all (counters, slots)."""
    op.execute(f"GRANT {EVERYTHING} ON {table} TO portal_runtime")
    op.execute(f"GRANT SELECT ON {table} TO portal_backup")


def _policy(table: str, using: str, check: str, grant: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY scope ON {table} USING ({using}) WITH CHECK ({check})")
    op.execute(f"GRANT {grant} ON {table} TO portal_runtime")
    op.execute(f"GRANT SELECT ON {table} TO portal_backup")

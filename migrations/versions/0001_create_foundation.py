"""Create the foundation: people, contracts, works, tickets, audit, outbox, and their policies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ops_portal.core import policies

revision = "0001"
down_revision = None

SEARCH = """
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE TEXT SEARCH CONFIGURATION portal (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION portal
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;
CREATE SEQUENCE ticket_numbers START 4711;
"""

# Full text cannot use its index under a row-level policy (its operator is not leakproof), so this
# one function looks behind the policy and applies the same rule itself. It answers ids only.
SEARCH_FUNCTION = """
CREATE FUNCTION portal_search_tickets(query text, public_only boolean) RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    words tsquery;
    sees_all boolean := portal_sees_all();
    mine bigint[] := portal_customers();
BEGIN
    SELECT to_tsquery('portal', string_agg(word || ':*', ' & ')) INTO words
    FROM regexp_split_to_table(query, '[^[:alnum:]]+') AS word WHERE word <> '';
    IF words IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        (SELECT t.id FROM tickets t
         WHERE t.search @@ words AND (sees_all OR t.customer_id = ANY (mine)) LIMIT 1000)
        UNION
        (SELECT f.ticket_id FROM facts f
         WHERE f.search @@ words AND (f.is_public OR NOT public_only)
           AND (sees_all OR f.customer_id = ANY (mine)) LIMIT 1000)
        UNION
        (SELECT t.id FROM tickets t JOIN customers c ON c.id = t.customer_id
         WHERE NOT public_only AND sees_all AND to_tsvector('portal', c.name) @@ words
           AND t.state IN ('new', 'in_progress', 'waiting') LIMIT 1000);
END $$;
"""


def upgrade() -> None:
    op.execute(policies.FUNCTIONS)
    op.execute(SEARCH)
    _create_tables()
    _protect()
    _search()


def downgrade() -> None:
    raise NotImplementedError("the first migration is undone by dropping the database")


def _protect() -> None:
    add, change, everything = policies.READ_ADD, policies.READ_ADD_CHANGE, policies.EVERYTHING
    for table in ("memberships", "invitations", "api_tokens", "contracts", "solution_elements"):
        policies.protect_tenant(table, grant=change)
    for table in ("affected_elements", "outbox_jobs", "presences"):
        policies.protect_tenant(table, grant=everything)
    policies.protect_tenant("tickets", grant=change)
    # history is append-only: the runtime role cannot change or delete it
    for table in ("facts", "alarms", "audit_entries"):
        policies.protect_tenant(table, grant=add)
    policies.protect_tenant("verdicts", grant=add)
    op.execute("GRANT UPDATE (is_current) ON verdicts TO portal_runtime")
    policies.protect_tenant("audit_heads", grant=change)
    policies.protect_with(
        "customers",
        using=policies.TENANT.format(column="id"),
        check=policies.ALL,
    )
    policies.protect_with(
        "users",
        using=f"{policies.ALL} OR id = (SELECT portal_user()) OR EXISTS"
        " (SELECT FROM memberships m WHERE m.user_id = users.id"
        " AND m.customer_id = ANY ((SELECT portal_customers())::bigint[]))",
        check=f"{policies.ALL} OR id = (SELECT portal_user())",
    )
    policies.protect_own("user_sessions", grant=change)
    policies.protect_own("idempotency_keys", grant=everything)
    policies.protect_system("password_resets", grant=change)
    for table in ("service_descriptions", "calendar_versions", "work_extensions"):
        policies.protect_published(table, grant=add)
    policies.protect_published("planned_works", grant=change)
    for table in ("rate_counters", "schedule_runs"):
        policies.open_technical(table)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_runtime")
    op.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_backup")
    op.execute("GRANT SELECT ON alembic_version TO portal_runtime, portal_backup")


def _search() -> None:
    op.execute(SEARCH_FUNCTION)
    op.execute("GRANT SELECT ON tickets, facts, customers TO portal_search")
    op.execute("GRANT CREATE ON SCHEMA public TO portal_search")
    op.execute("ALTER FUNCTION portal_search_tickets OWNER TO portal_search")
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_search")


def _create_tables() -> None:
    op.create_table(
        "customers",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_provider", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'nl', 'en')", name=op.f("ck_customers_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("code", name=op.f("uq_customers_code")),
    )
    op.create_index(
        "uq_customers_provider",
        "customers",
        ["is_provider"],
        unique=True,
        postgresql_where=sa.text("is_provider"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "rate_counters",
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "window_start", name=op.f("pk_rate_counters")),
    )
    op.create_table(
        "schedule_runs",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_slot", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_slot", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule_runs")),
    )
    op.create_table(
        "service_descriptions",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_descriptions")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_service_descriptions_name_version")),
    )
    op.create_table(
        "users",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("has_shortcuts", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'nl', 'en')", name=op.f("ck_users_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "api_tokens",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_api_tokens_customer_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(
        "ix_api_tokens_customer_id_id", "api_tokens", ["customer_id", "id"], unique=False
    )
    op.create_table(
        "audit_entries",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("previous_mac", sa.String(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_audit_entries_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("customer_id", "seq", name=op.f("uq_audit_entries_customer_id_seq")),
    )
    op.create_table(
        "audit_heads",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_audit_heads_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "calendar_versions",
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("holidays", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("closures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_calendar_versions_created_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_versions")),
        sa.UniqueConstraint(
            "calendar", "number", name=op.f("uq_calendar_versions_calendar_number")
        ),
    )
    op.create_table(
        "contracts",
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("description_id", sa.BigInteger(), nullable=False),
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("subscription", sa.String(length=40), nullable=False),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_contracts_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["description_id"],
            ["service_descriptions.id"],
            name=op.f("fk_contracts_description_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_contracts_customer_id_id")),
        sa.UniqueConstraint(
            "customer_id", "reference", name=op.f("uq_contracts_customer_id_reference")
        ),
    )
    op.create_table(
        "invitations",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_invitations_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["users.id"], name=op.f("fk_invitations_invited_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(
        "ix_invitations_customer_id_id", "invitations", ["customer_id", "id"], unique=False
    )
    op.create_table(
        "memberships",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_memberships_customer_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], unique=False)
    op.create_index(
        "uq_memberships_open",
        "memberships",
        ["customer_id", "user_id", "role"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "outbox_jobs",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_outbox_jobs_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_jobs")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_jobs_key")),
    )
    op.create_index(
        "ix_outbox_jobs_due",
        "outbox_jobs",
        ["available_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_outbox_jobs_state_id", "outbox_jobs", ["state", "id"], unique=False)
    op.create_table(
        "password_resets",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_password_resets_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_resets")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_resets_token_hash")),
    )
    op.create_index("ix_password_resets_user_id", "password_resets", ["user_id"], unique=False)
    op.create_table(
        "planned_works",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_interrupting", sa.Boolean(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_by", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_planned_works_order")),
        sa.ForeignKeyConstraint(
            ["announced_by"], ["users.id"], name=op.f("fk_planned_works_announced_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_works")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("active_customer_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_scope_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["active_customer_id"],
            ["customers.id"],
            name=op.f("fk_user_sessions_active_customer_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
    )
    op.create_index("ix_user_sessions_user_id_id", "user_sessions", ["user_id", "id"], unique=False)
    op.create_table(
        "solution_elements",
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "contract_id"],
            ["contracts.customer_id", "contracts.id"],
            name=op.f("fk_solution_elements_customer_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_solution_elements_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_solution_elements")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_solution_elements_customer_id_id")),
    )
    op.create_index(
        "ix_solution_elements_customer_id_contract_id",
        "solution_elements",
        ["customer_id", "contract_id"],
        unique=False,
    )
    op.create_table(
        "work_extensions",
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("from_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_work_extensions_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["planned_works.id"], name=op.f("fk_work_extensions_work_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_extensions")),
    )
    op.create_index("ix_work_extensions_work_id", "work_extensions", ["work_id"], unique=False)
    op.create_table(
        "affected_elements",
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "element_id"],
            ["solution_elements.customer_id", "solution_elements.id"],
            name=op.f("fk_affected_elements_customer_id_element_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_affected_elements_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["planned_works.id"], name=op.f("fk_affected_elements_work_id")
        ),
        sa.PrimaryKeyConstraint("work_id", "element_id", name=op.f("pk_affected_elements")),
    )
    op.create_index(
        "ix_affected_elements_customer_id_element_id",
        "affected_elements",
        ["customer_id", "element_id"],
        unique=False,
    )
    op.create_table(
        "tickets",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("reported_by", sa.BigInteger(), nullable=True),
        sa.Column("recording_reference", sa.String(length=100), nullable=False),
        sa.Column("is_recording_told", sa.Boolean(), nullable=False),
        sa.Column("is_own_side_checked", sa.Boolean(), nullable=False),
        sa.Column("external_source", sa.String(length=60), nullable=True),
        sa.Column("external_reference", sa.String(length=100), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("paused_reason", sa.String(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urgency_rank", sa.Integer(), nullable=False),
        sa.Column("urgency_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breached_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('portal', replace(reference, '-', ' ') || ' ' || coalesce(external_reference, '') || ' ' || title || ' ' || description || ' ' || contact_name)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("judged_description_id", sa.BigInteger(), nullable=True),
        sa.Column("judged_calendar_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "priority IN ('P1', 'P2', 'P3', 'P4')", name=op.f("ck_tickets_priority")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "contract_id"],
            ["contracts.customer_id", "contracts.id"],
            name=op.f("fk_tickets_customer_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "element_id"],
            ["solution_elements.customer_id", "solution_elements.id"],
            name=op.f("fk_tickets_customer_id_element_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_tickets_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["judged_calendar_id"],
            ["calendar_versions.id"],
            name=op.f("fk_tickets_judged_calendar_id"),
        ),
        sa.ForeignKeyConstraint(
            ["judged_description_id"],
            ["service_descriptions.id"],
            name=op.f("fk_tickets_judged_description_id"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_tickets_owner_id")),
        sa.ForeignKeyConstraint(["reported_by"], ["users.id"], name=op.f("fk_tickets_reported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint(
            "customer_id",
            "external_source",
            "external_reference",
            name=op.f("uq_tickets_customer_id_external_source_external_reference"),
        ),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_tickets_customer_id_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_tickets_reference")),
    )
    op.create_index(
        "ix_tickets_breached_from",
        "tickets",
        ["breached_from"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'in_progress', 'waiting')"),
    )
    op.create_index("ix_tickets_created", "tickets", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_tickets_customer_created", "tickets", ["customer_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_tickets_customer_state_created",
        "tickets",
        ["customer_id", "state", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_tickets_desk",
        "tickets",
        ["urgency_rank", "urgency_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'in_progress', 'waiting')"),
    )
    op.create_index(
        "ix_tickets_desk_owner",
        "tickets",
        ["owner_id", "urgency_rank", "urgency_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'in_progress', 'waiting')"),
    )
    op.create_index(
        "ix_tickets_element",
        "tickets",
        ["customer_id", "element_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'in_progress', 'waiting')"),
    )
    op.create_index(
        "ix_tickets_next_alarm_at",
        "tickets",
        ["next_alarm_at"],
        unique=False,
        postgresql_where=sa.text("next_alarm_at IS NOT NULL"),
    )
    op.create_index(
        "ix_tickets_open_priority",
        "tickets",
        ["priority", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'in_progress', 'waiting')"),
    )
    op.create_index(
        "ix_tickets_open_state",
        "tickets",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'in_progress', 'waiting')"),
    )
    op.create_index(
        "ix_tickets_search", "tickets", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_tickets_state_created", "tickets", ["state", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_tickets_update_due_at",
        "tickets",
        ["update_due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'in_progress', 'waiting')"),
    )
    op.create_table(
        "alarms",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("kpi", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_retroactive", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('warning', 'breach')", name=op.f("ck_alarms_kind")),
        sa.ForeignKeyConstraint(
            ["customer_id", "ticket_id"],
            ["tickets.customer_id", "tickets.id"],
            name=op.f("fk_alarms_customer_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_alarms_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sa.UniqueConstraint(
            "ticket_id",
            "kpi",
            "period_start",
            "kind",
            name=op.f("uq_alarms_ticket_id_kpi_period_start_kind"),
        ),
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("author_kind", sa.String(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("refers_to", sa.Integer(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('portal', text)", persisted=True),
            nullable=False,
        ),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_facts_author_id")),
        sa.ForeignKeyConstraint(
            ["customer_id", "ticket_id"],
            ["tickets.customer_id", "tickets.id"],
            name=op.f("fk_facts_customer_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_facts_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
        sa.UniqueConstraint("ticket_id", "seq", name=op.f("uq_facts_ticket_id_seq")),
    )
    op.create_index("ix_facts_search", "facts", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "presences",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "ticket_id"],
            ["tickets.customer_id", "tickets.id"],
            name=op.f("fk_presences_customer_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_presences_customer_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_presences_user_id")),
        sa.PrimaryKeyConstraint("ticket_id", "user_id", name=op.f("pk_presences")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "verdicts",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("judgement", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("kpi", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("obligation", sa.String(), nullable=False),
        sa.Column("target_s", sa.Integer(), nullable=True),
        sa.Column("elapsed_s", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("description_id", sa.BigInteger(), nullable=False),
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_by", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendar_versions.id"], name=op.f("fk_verdicts_calendar_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "ticket_id"],
            ["tickets.customer_id", "tickets.id"],
            name=op.f("fk_verdicts_customer_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_verdicts_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["description_id"], ["service_descriptions.id"], name=op.f("fk_verdicts_description_id")
        ),
        sa.ForeignKeyConstraint(["judged_by"], ["users.id"], name=op.f("fk_verdicts_judged_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint(
            "ticket_id",
            "judgement",
            "period",
            "kpi",
            name=op.f("uq_verdicts_ticket_id_judgement_period_kpi"),
        ),
    )
    op.create_index(
        "ix_verdicts_customer_kpi", "verdicts", ["customer_id", "kpi", "state"], unique=False
    )

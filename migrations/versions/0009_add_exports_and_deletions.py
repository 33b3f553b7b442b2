"""Add exports, deletions with their certificates, and the one function that deletes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ops_portal.core import policies

revision = "0009"
down_revision = "0008"

ERASED = (
    *("affected_elements", "alarms", "api_tokens", "audit_entries", "audit_heads"),
    *("billing_details", "contracts", "data_exports", "deactivations", "due_moves", "facts"),
    *("idempotency_keys", "implementation_steps", "import_entries", "import_findings"),
    *("import_runs", "invitations", "invoice_run_entries", "memberships", "order_accounts"),
    *("orders", "outbox_jobs", "password_resets", "payment_imports", "presences", "saved_views"),
    *("service_accounts", "service_events", "service_uses", "services", "solution_elements"),
    *("stored_files", "termination_notices", "tickets", "user_sessions", "users", "verdicts"),
)
CLEARED = {
    "contracts": "order_id, extras",
    "customers": "code, name, phone",
    "deletions": "reason, withdrawal_reason, people, copy_to, copy_language",
    "services": (
        "access_owner_name, access_owner_email, access_owner_phone, access_owner_id,"
        " credentials_received_at"
    ),
}

# What decides is written by the database: the instants are its own, the two people differ, each is
# who the session says and works for the provider, and nothing decided is ever rewritten.
GUARD = """
CREATE FUNCTION portal_guard_deletion() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF num_nonnulls(NEW.approved_by, NEW.approved_at, NEW.erasable_at, NEW.withdrawn_at,
                        NEW.started_at, NEW.finished_at) > 0 THEN
            RAISE insufficient_privilege USING MESSAGE = 'a deletion begins as a request';
        END IF;
        PERFORM portal_check_decider(NEW.requested_by);
        NEW.requested_at := now();
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.customer_id, NEW.requested_by, NEW.requested_by_name, NEW.requested_at,
        NEW.wait_days)
       IS DISTINCT FROM
       (OLD.id, OLD.customer_id, OLD.requested_by, OLD.requested_by_name, OLD.requested_at,
        OLD.wait_days) THEN
        RAISE insufficient_privilege USING MESSAGE = 'what was requested is not rewritten';
    END IF;
    IF OLD.withdrawn_at IS NOT NULL
       AND (NEW.withdrawn_at, NEW.approved_by) IS DISTINCT FROM (OLD.withdrawn_at, OLD.approved_by)
    THEN
        RAISE insufficient_privilege USING MESSAGE = 'a withdrawn deletion stays withdrawn';
    END IF;
    IF OLD.started_at IS NOT NULL
       AND (NEW.started_at, NEW.withdrawn_at) IS DISTINCT FROM (OLD.started_at, OLD.withdrawn_at)
    THEN
        RAISE insufficient_privilege USING MESSAGE = 'a deletion that has begun goes on';
    END IF;
    IF OLD.approved_by IS NULL AND NEW.approved_by IS NOT NULL THEN
        IF NEW.approved_by = NEW.requested_by THEN
            RAISE insufficient_privilege USING MESSAGE = 'a deletion needs two people';
        END IF;
        PERFORM portal_check_decider(NEW.approved_by);
        NEW.approved_at := now();
        NEW.erasable_at := now() + make_interval(days => NEW.wait_days);
    ELSIF (NEW.approved_by, NEW.approved_by_name, NEW.approved_at, NEW.erasable_at)
          IS DISTINCT FROM
          (OLD.approved_by, OLD.approved_by_name, OLD.approved_at, OLD.erasable_at) THEN
        RAISE insufficient_privilege USING MESSAGE = 'what was approved is not rewritten';
    END IF;
    IF OLD.started_at IS NULL AND NEW.started_at IS NOT NULL
       AND (NEW.withdrawn_at IS NOT NULL OR NEW.erasable_at IS NULL OR NEW.erasable_at > now()) THEN
        RAISE insufficient_privilege USING MESSAGE = 'the waiting period is not over';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION portal_check_decider(who bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF who IS DISTINCT FROM portal_user() OR NOT EXISTS (
        SELECT FROM memberships m JOIN customers c ON c.id = m.customer_id
        WHERE m.user_id = who AND c.is_provider AND m.ended_at IS NULL
          AND m.role IN ('account_manager', 'operator')) THEN
        RAISE insufficient_privilege
            USING MESSAGE = 'only the signed-in person of the provider decides';
    END IF;
END $$;
CREATE TRIGGER guard_deletion BEFORE INSERT OR UPDATE ON deletions
    FOR EACH ROW EXECUTE FUNCTION portal_guard_deletion();
"""

# The runtime role may delete hardly anything. This one function does it for a customer whose
# deletion two people have approved and whose waiting period is over; it looks that up itself, and
# answers nothing but a number. Which tables it deletes from, and which columns it empties, are the
# rights of its owner. Rows that other rows still refer to stay: children first, kept rows hold.
ERASE = """
CREATE FUNCTION portal_erase(deletion bigint, relation text, action text, most integer)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whose bigint;
    theirs bigint[];
    filter text;
    changes text;
    differs text;
    number bigint;
    met bigint[];
    foreign_key record;
BEGIN
    SELECT d.customer_id INTO whose
    FROM deletions d JOIN customers c ON c.id = d.customer_id
    WHERE d.id = deletion AND NOT c.is_provider AND portal_is_system()
      AND d.requested_by <> d.approved_by AND d.withdrawn_at IS NULL
      AND d.erasable_at <= now() AND d.started_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM contracts k WHERE k.customer_id = d.customer_id
                      AND (k.ended_at IS NULL OR k.ended_at > now()))
    FOR UPDATE OF d;
    IF whose IS NULL THEN
        RAISE insufficient_privilege
            USING MESSAGE = 'there is no deletion that two people approved and that may begin';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname = relation) THEN
        RAISE insufficient_privilege USING MESSAGE = 'there is no such table';
    END IF;
    SELECT coalesce(array_agg(u.id), '{}') INTO theirs
    FROM deletions d JOIN users u ON d.people @> to_jsonb(u.id)
    WHERE d.id = deletion
      AND NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = u.id);
    filter := CASE
        WHEN relation = 'customers' THEN 't.id = $1'
        WHEN relation = 'deletions' THEN 't.id = $3'
        WHEN relation = 'users' THEN 't.id = ANY ($2)'
        WHEN relation = 'password_resets' THEN 't.user_id = ANY ($2)'
        WHEN relation = 'user_sessions'
            THEN '(t.active_customer_id = $1 OR t.user_id = ANY ($2))'
        WHEN relation = 'idempotency_keys'
            THEN '(t.user_id = ANY ($2) OR t.key LIKE $1 || ''.%'' OR t.owner IN'
                 ' (SELECT ''token:'' || a.id FROM api_tokens a WHERE a.customer_id = $1))'
        WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation::regclass
                     AND attname = 'customer_id' AND NOT attisdropped) THEN 't.customer_id = $1'
    END;
    IF filter IS NULL THEN
        RAISE insufficient_privilege USING MESSAGE = 'this table has no rows of a customer';
    END IF;
    IF action = 'delete' THEN
        FOR foreign_key IN
            SELECT k.conrelid::regclass AS source,
                   string_agg(format('r.%I = t.%I', s.attname, d.attname), ' AND ') AS pairs
            FROM pg_constraint k
            CROSS JOIN unnest(k.conkey, k.confkey) AS p (s, d)
            JOIN pg_attribute s ON s.attrelid = k.conrelid AND s.attnum = p.s
            JOIN pg_attribute d ON d.attrelid = k.confrelid AND d.attnum = p.d
            WHERE k.contype = 'f' AND k.confrelid = relation::regclass
              AND k.conrelid <> k.confrelid
            GROUP BY k.oid
        LOOP
            filter := filter || format(
                ' AND NOT EXISTS (SELECT FROM %s r WHERE %s)',
                foreign_key.source, foreign_key.pairs);
        END LOOP;
        IF relation = 'memberships' THEN
            SELECT array_agg(m.user_id) INTO met FROM (
                SELECT user_id FROM memberships WHERE customer_id = whose ORDER BY id LIMIT most) m;
            UPDATE deletions d SET people = (
                SELECT coalesce(jsonb_agg(DISTINCT p), '[]') FROM (
                    SELECT jsonb_array_elements(d.people) AS p
                    UNION SELECT to_jsonb(i) FROM unnest(met) AS i) known)
            WHERE d.id = deletion;
            DELETE FROM memberships WHERE id = ANY (ARRAY(
                SELECT id FROM memberships WHERE customer_id = whose ORDER BY id LIMIT most));
            GET DIAGNOSTICS number = ROW_COUNT;
            RETURN number;
        END IF;
        EXECUTE format(
            'DELETE FROM %I WHERE ctid = ANY (ARRAY(SELECT t.ctid FROM %I t WHERE %s LIMIT $4))',
            relation, relation, filter) USING whose, theirs, deletion, most;
        GET DIAGNOSTICS number = ROW_COUNT;
        RETURN number;
    END IF;
    SELECT string_agg(format('%I = %s', a.attname, b.blank), ', '),
           string_agg(format('t.%I IS DISTINCT FROM %s', a.attname, b.blank), ' OR ')
    INTO changes, differs
    FROM pg_attribute a CROSS JOIN LATERAL (SELECT CASE
        WHEN relation = 'customers' AND a.attname IN ('code', 'name')
            THEN '''deleted-'' || t.id::text'
        WHEN NOT a.attnotnull THEN 'NULL'
        WHEN a.atttypid = 'jsonb'::regtype
            THEN format('CASE jsonb_typeof(t.%I) WHEN ''array'' THEN ''[]'' ELSE ''{}'' END::jsonb',
                        a.attname)
        ELSE '''''' END AS blank) b
    WHERE a.attrelid = relation::regclass AND a.attnum > 0 AND NOT a.attisdropped
      AND has_column_privilege(relation::regclass, a.attnum, 'UPDATE');
    IF action <> 'clear' OR changes IS NULL THEN
        RAISE insufficient_privilege USING MESSAGE = 'nothing of this table is emptied';
    END IF;
    EXECUTE format(
        'UPDATE %I t SET %s WHERE t.ctid = ANY (ARRAY('
        'SELECT t.ctid FROM %I t WHERE %s AND (%s) LIMIT $4))',
        relation, changes, relation, filter, differs) USING whose, theirs, deletion, most;
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN number;
END $$;
"""


def upgrade() -> None:
    _create_tables()
    op.execute(GUARD)
    policies.protect_tenant("data_exports")
    policies.protect_tenant("deletions")
    policies.protect_tenant("deletion_certificates", grant=policies.READ_ADD)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_runtime")
    op.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_backup")
    _create_eraser()


def downgrade() -> None:
    op.execute("DROP FUNCTION portal_erase")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM portal_eraser")
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM portal_eraser"
    )
    for table in ("deletion_certificates", "deletions", "data_exports"):
        op.drop_table(table)
    op.execute("DROP FUNCTION portal_guard_deletion; DROP FUNCTION portal_check_decider")


def _create_eraser() -> None:
    # it reads foreign keys of every table, also of those that come later
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO portal_eraser")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO portal_eraser")
    policies.let_erase(*ERASED)
    for table, columns in CLEARED.items():
        policies.let_clear(table, columns)
    op.execute(ERASE)
    op.execute("REVOKE ALL ON FUNCTION portal_erase FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION portal_erase TO portal_runtime")
    op.execute("GRANT CREATE ON SCHEMA public TO portal_eraser")
    op.execute("ALTER FUNCTION portal_erase OWNER TO portal_eraser")
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_eraser")


def _create_tables() -> None:

    op.create_table(
        "data_exports",
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("requested_by_name", sa.String(length=200), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("records_total", sa.BigInteger(), nullable=False),
        sa.Column("records_done", sa.BigInteger(), nullable=False),
        sa.Column("number_of_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.Column("downloaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'nl', 'en')", name=op.f("ck_data_exports_language")),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'stopped', 'failed', 'expired')",
            name=op.f("ck_data_exports_state"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_data_exports_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_data_exports_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exports")),
    )
    op.create_index(
        "ix_data_exports_customer_id_id", "data_exports", ["customer_id", "id"], unique=False
    )
    op.create_index(
        "uq_data_exports_unfinished",
        "data_exports",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )

    op.create_table(
        "deletions",
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("wait_days", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=False),
        sa.Column("requested_by_name", sa.String(length=200), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.FetchedValue(),
            nullable=False,
        ),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erasable_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(length=200), nullable=False),
        sa.Column("withdrawal_reason", sa.String(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("people", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("copy_to", sa.String(length=254), nullable=False),
        sa.Column("copy_language", sa.String(length=2), nullable=False),
        sa.Column("copy_tries", sa.Integer(), nullable=False),
        sa.Column("copy_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("approved_by <> requested_by", name=op.f("ck_deletions_two_people")),
        sa.CheckConstraint("wait_days >= 7", name=op.f("ck_deletions_wait")),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name=op.f("fk_deletions_approved_by")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_deletions_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_deletions_requested_by")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["users.id"], name=op.f("fk_deletions_withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_deletions_customer_id_id")),
    )
    op.create_index(
        "uq_deletions_open",
        "deletions",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )

    op.create_table(
        "deletion_certificates",
        sa.Column("deletion_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "deletion_id"],
            ["deletions.customer_id", "deletions.id"],
            name=op.f("fk_deletion_certificates_customer_id_deletion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_deletion_certificates_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion_certificates")),
        sa.UniqueConstraint("deletion_id", name=op.f("uq_deletion_certificates_deletion_id")),
        sa.UniqueConstraint("number", name=op.f("uq_deletion_certificates_number")),
    )

"""Add services with their life, orders and files; give contracts their period."""

import json
import tomllib
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ops_portal.core import policies

revision = "0007"
down_revision = "0006"

DESCRIPTION = Path(__file__).parents[2] / "sla" / "descriptions" / "invoice_insights.toml"
KEPT = ("service_events",)
CHANGED = (
    "services",
    "orders",
    "stored_files",
    "service_accounts",
    "implementation_steps",
    "termination_notices",
    "deactivations",
    "service_uses",
)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _create_tables()
    _extend_contracts()
    for table in KEPT:
        policies.protect_tenant(table, grant=policies.READ_ADD)
    for table in CHANGED:
        policies.protect_tenant(table)
    policies.protect_tenant("order_accounts", grant=policies.EVERYTHING)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_runtime")
    op.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_backup")
    _complete_the_description()


def downgrade() -> None:
    raise NotImplementedError("contracts of several periods cannot be told apart before this")


def _extend_contracts() -> None:
    """Give each contract there is a service of its own."""
    op.execute("CREATE SEQUENCE order_numbers START 1001")
    op.add_column("contracts", sa.Column("service_id", sa.BigInteger(), nullable=True))
    op.add_column("contracts", sa.Column("order_id", sa.BigInteger(), nullable=True))
    for name in ("options", "extras"):
        op.add_column(
            "contracts",
            sa.Column(name, postgresql.JSONB(), nullable=False, server_default="[]"),
        )
        op.alter_column("contracts", name, server_default=None)
    op.add_column("contracts", sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True))
    op.execute("SELECT set_config('portal.scope', 'system', true)")
    op.execute(
        "INSERT INTO services (customer_id, reference, name, access_owner_name, access_owner_email,"
        " access_owner_phone, access_owner_language, activated_at, needs_credentials, created_at)"
        " SELECT c.customer_id, c.reference, d.name, '', '', '', o.language, c.active_from, false,"
        " c.created_at FROM contracts c JOIN service_descriptions d ON d.id = c.description_id"
        " JOIN customers o ON o.id = c.customer_id"
    )
    op.execute(
        "UPDATE contracts c SET service_id = s.id,"
        " valid_from = least(c.created_at, coalesce(c.active_from, c.created_at))"
        " FROM services s WHERE s.customer_id = c.customer_id AND s.reference = c.reference"
    )
    op.alter_column("contracts", "service_id", nullable=False)
    op.alter_column("contracts", "valid_from", nullable=False)
    op.create_index("ix_contracts_order_id", "contracts", ["customer_id", "order_id"])
    for column, table in (("order_id", "orders"), ("service_id", "services")):
        op.create_foreign_key(
            op.f(f"fk_contracts_customer_id_{column}"),
            "contracts",
            table,
            ["customer_id", column],
            ["customer_id", "id"],
        )
    op.create_check_constraint(
        op.f("ck_contracts_period"), "contracts", "ended_at IS NULL OR ended_at >= valid_from"
    )
    op.execute(
        "ALTER TABLE contracts ADD CONSTRAINT ex_contracts_overlap EXCLUDE USING gist"
        " (service_id WITH =, tstzrange(valid_from, ended_at) WITH &&)"
    )


def _complete_the_description() -> None:
    """Give version 1.0 of before, which described levels only, what it sells (CAT-1)."""
    document = tomllib.loads(DESCRIPTION.read_text(encoding="utf-8"))
    if document["version"] == "1.0":
        op.get_bind().execute(
            sa.text(
                "UPDATE service_descriptions SET document = cast(:document AS jsonb)"
                " WHERE name = :name AND version = '1.0' AND NOT document ? 'components'"
            ),
            {"document": json.dumps(document, default=str), "name": document["name"]},
        )


def _create_tables() -> None:
    op.create_table(
        "services",
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("access_owner_name", sa.String(length=200), nullable=False),
        sa.Column("access_owner_email", sa.String(length=254), nullable=False),
        sa.Column("access_owner_phone", sa.String(length=40), nullable=False),
        sa.Column("access_owner_language", sa.String(), nullable=False),
        sa.Column("access_owner_id", sa.BigInteger(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needs_credentials", sa.Boolean(), nullable=False),
        sa.Column("credentials_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "access_owner_language IN ('fr', 'nl', 'en')", name=op.f("ck_services_language")
        ),
        sa.ForeignKeyConstraint(
            ["access_owner_id"], ["users.id"], name=op.f("fk_services_access_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_services_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_services_customer_id_id")),
        sa.UniqueConstraint(
            "customer_id", "reference", name=op.f("uq_services_customer_id_reference")
        ),
    )
    op.create_table(
        "stored_files",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("number_of_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_stored_files_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_stored_files_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_stored_files_customer_id_id")),
    )
    op.create_index(
        "ix_stored_files_customer_id_kind",
        "stored_files",
        ["customer_id", "kind", "id"],
        unique=False,
    )
    op.create_table(
        "deactivations",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reactivated_by", sa.BigInteger(), nullable=True),
        sa.Column("reactivated_by_name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_deactivations_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_deactivations_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["reactivated_by"], ["users.id"], name=op.f("fk_deactivations_reactivated_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deactivations")),
    )
    op.create_index(
        "ix_deactivations_service_id",
        "deactivations",
        ["customer_id", "service_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_deactivations_open",
        "deactivations",
        ["service_id"],
        unique=True,
        postgresql_where=sa.text("reactivated_at IS NULL"),
    )
    op.create_table(
        "implementation_steps",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.BigInteger(), nullable=True),
        sa.Column("done_by_name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("override_reason", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_implementation_steps_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_implementation_steps_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["done_by"], ["users.id"], name=op.f("fk_implementation_steps_done_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_implementation_steps")),
        sa.UniqueConstraint(
            "service_id", "key", name=op.f("uq_implementation_steps_service_id_key")
        ),
    )
    op.create_table(
        "orders",
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("description_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("subscription", sa.String(length=40), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("extras", postgresql.JSONB(), nullable=False),
        sa.Column("takes_effect_on", sa.Date(), nullable=True),
        sa.Column("access_owner_name", sa.String(length=200), nullable=False),
        sa.Column("access_owner_email", sa.String(length=254), nullable=False),
        sa.Column("access_owner_phone", sa.String(length=40), nullable=False),
        sa.Column("access_owner_language", sa.String(), nullable=False),
        sa.Column("has_portal_account", sa.Boolean(), nullable=False),
        sa.Column("needs_credentials", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_via", sa.String(length=20), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_name", sa.String(length=200), nullable=False),
        sa.Column("signed_by", sa.BigInteger(), nullable=True),
        sa.Column("signed_from", sa.String(length=64), nullable=False),
        sa.Column("signed_hash", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'signed') = (signed_at IS NOT NULL AND signed_hash <> '')",
            name=op.f("ck_orders_signed"),
        ),
        sa.CheckConstraint("kind IN ('new', 'change')", name=op.f("ck_orders_kind")),
        sa.CheckConstraint("language IN ('fr', 'nl', 'en')", name=op.f("ck_orders_language")),
        sa.CheckConstraint(
            "state IN ('draft', 'signed', 'cancelled')", name=op.f("ck_orders_state")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_orders_created_by")),
        sa.ForeignKeyConstraint(
            ["customer_id", "file_id"],
            ["stored_files.customer_id", "stored_files.id"],
            name=op.f("fk_orders_customer_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_orders_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["description_id"], ["service_descriptions.id"], name=op.f("fk_orders_description_id")
        ),
        sa.ForeignKeyConstraint(["signed_by"], ["users.id"], name=op.f("fk_orders_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_orders_customer_id_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_orders_reference")),
    )
    op.create_index("ix_orders_customer_id_id", "orders", ["customer_id", "id"], unique=False)
    op.create_index("ix_orders_service_id", "orders", ["customer_id", "service_id"], unique=False)
    op.create_index("ix_orders_state_id", "orders", ["state", "id"], unique=False)
    op.create_table(
        "service_accounts",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("parent_number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_service_accounts_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_service_accounts_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_accounts")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_service_accounts_customer_id_id")),
    )
    op.create_index(
        "ix_service_accounts_service_id",
        "service_accounts",
        ["customer_id", "service_id", "number"],
        unique=False,
    )
    op.create_index(
        "uq_service_accounts_current",
        "service_accounts",
        ["service_id", "number"],
        unique=True,
        postgresql_where=sa.text("removed_on IS NULL"),
    )
    op.create_table(
        "service_events",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_service_events_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_service_events_customer_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_service_events_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_events")),
    )
    op.create_index(
        "ix_service_events_service_id",
        "service_events",
        ["customer_id", "service_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_table(
        "service_uses",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_service_uses_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_service_uses_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_uses")),
        sa.UniqueConstraint("service_id", name=op.f("uq_service_uses_service_id")),
    )
    op.create_index(
        "ix_service_uses_last_used_at", "service_uses", ["last_used_at", "id"], unique=False
    )
    op.create_table(
        "termination_notices",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(length=200), nullable=False),
        sa.Column("withdrawal_reason", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "party IN ('customer', 'provider')", name=op.f("ck_termination_notices_party")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "file_id"],
            ["stored_files.customer_id", "stored_files.id"],
            name=op.f("fk_termination_notices_customer_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_termination_notices_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_termination_notices_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_termination_notices_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["users.id"], name=op.f("fk_termination_notices_withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_termination_notices")),
        sa.UniqueConstraint(
            "customer_id", "id", name=op.f("uq_termination_notices_customer_id_id")
        ),
    )
    op.create_index(
        "ix_termination_notices_service_id",
        "termination_notices",
        ["customer_id", "service_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_termination_notices_open",
        "termination_notices",
        ["service_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "order_accounts",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("parent_number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "order_id"],
            ["orders.customer_id", "orders.id"],
            name=op.f("fk_order_accounts_customer_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_accounts_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_accounts")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_order_accounts_order_id_number")),
    )
    op.create_index(
        "ix_order_accounts_order_id",
        "order_accounts",
        ["customer_id", "order_id", "position"],
        unique=False,
    )

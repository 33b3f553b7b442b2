"""Add billing: details, charges, invoices with their numbers, monthly runs, payments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ops_portal.core import policies

revision = "0008"
down_revision = "0007"

CHARGES = f"{policies.READ_ADD}, UPDATE (invoice_id, position)"
INVOICES = f"{policies.READ_ADD}, UPDATE (payable_by, settled_on)"


def upgrade() -> None:
    _create_tables()
    for table in ("billing_details", "invoice_run_entries", "other_invoices", "payment_imports"):
        policies.protect_tenant(table)
    policies.protect_tenant("payment_events", grant=policies.READ_ADD)
    # what was charged and invoiced never changes: only where a charge went, and what was paid
    policies.protect_tenant("charges", grant=CHARGES)
    policies.protect_tenant("invoices", grant=INVOICES)
    # runs are the provider's own: no customer reads them
    everybody = policies.ALL
    policies.protect_with("invoice_runs", using=everybody, check=everybody)
    policies.protect_system("invoice_number_series")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_runtime")
    op.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_backup")


def downgrade() -> None:
    for table in (
        "charges",
        "payment_events",
        "invoice_run_entries",
        "payment_imports",
        "invoices",
        "other_invoices",
        "invoice_runs",
        "billing_details",
        "invoice_number_series",
    ):
        op.drop_table(table)


def _create_tables() -> None:
    op.create_table(
        "invoice_number_series",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_invoice_number_series")),
    )
    op.create_table(
        "billing_details",
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("vat_number", sa.String(length=20), nullable=False),
        sa.Column("enterprise_number", sa.String(length=10), nullable=False),
        sa.Column("endpoint", sa.String(length=60), nullable=False),
        sa.Column("buyer_reference", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_billing_details_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_details")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_billing_details_customer_id")),
    )
    op.create_table(
        "invoice_runs",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.BigInteger(), nullable=True),
        sa.Column("started_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("is_second_pass", sa.Boolean(), nullable=False),
        sa.Column("services_total", sa.Integer(), nullable=False),
        sa.Column("services_done", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'interrupted', 'stopped', 'incomplete', 'done')",
            name=op.f("ck_invoice_runs_state"),
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["users.id"], name=op.f("fk_invoice_runs_started_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_runs")),
        sa.UniqueConstraint("month", name=op.f("uq_invoice_runs_month")),
    )
    op.create_table(
        "other_invoices",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("payable_by", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("total", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_other_invoices_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_other_invoices")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_other_invoices_customer_id_id")),
        sa.UniqueConstraint("number", name=op.f("uq_other_invoices_number")),
    )
    op.create_index(
        "ix_other_invoices_open",
        "other_invoices",
        ["customer_id", "payable_by"],
        unique=False,
        postgresql_where=sa.text("settled_on IS NULL"),
    )
    op.create_table(
        "invoices",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("vat", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("total", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("taxes", postgresql.JSONB(), nullable=False),
        sa.Column("number_of_lines", sa.Integer(), nullable=False),
        sa.Column("payment_reference", sa.String(length=20), nullable=False),
        sa.Column("seller", postgresql.JSONB(), nullable=False),
        sa.Column("buyer", postgresql.JSONB(), nullable=False),
        sa.Column("corrects", postgresql.JSONB(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payable_by", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(kind = 'credit_note') = (net < 0)", name=op.f("ck_invoices_sign")),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("language IN ('fr', 'nl', 'en')", name=op.f("ck_invoices_language")),
        sa.CheckConstraint("total = net + vat", name=op.f("ck_invoices_total")),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_invoices_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_invoices_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_invoices_customer_id_id")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        sa.UniqueConstraint("service_id", "month", name=op.f("uq_invoices_service_id_month")),
    )
    op.create_index("ix_invoices_customer_id_id", "invoices", ["customer_id", "id"], unique=False)
    op.create_index("ix_invoices_month_id", "invoices", ["month", "id"], unique=False)
    op.create_index(
        "ix_invoices_open",
        "invoices",
        ["customer_id", "payable_by"],
        unique=False,
        postgresql_where=sa.text("settled_on IS NULL"),
    )
    op.create_table(
        "payment_imports",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("number_of_lines", sa.Integer(), nullable=False),
        sa.Column("number_of_changes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by_name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('checked', 'applied', 'discarded')", name=op.f("ck_payment_imports_state")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_payment_imports_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "file_id"],
            ["stored_files.customer_id", "stored_files.id"],
            name=op.f("fk_payment_imports_customer_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_payment_imports_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_imports")),
    )
    op.create_table(
        "invoice_run_entries",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("missing", postgresql.JSONB(), nullable=False),
        sa.Column("net", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("corrected", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'invoiced') = (invoice_id IS NOT NULL)",
            name=op.f("ck_invoice_run_entries_invoiced"),
        ),
        sa.CheckConstraint(
            "state IN ('invoiced', 'nothing', 'waiting')", name=op.f("ck_invoice_run_entries_state")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "invoice_id"],
            ["invoices.customer_id", "invoices.id"],
            name=op.f("fk_invoice_run_entries_customer_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_invoice_run_entries_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_invoice_run_entries_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["invoice_runs.id"], name=op.f("fk_invoice_run_entries_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_run_entries")),
        sa.UniqueConstraint(
            "run_id", "service_id", name=op.f("uq_invoice_run_entries_run_id_service_id")
        ),
    )
    op.create_index(
        "ix_invoice_run_entries_service_id",
        "invoice_run_entries",
        ["service_id", "run_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoice_run_entries_state",
        "invoice_run_entries",
        ["run_id", "state", "id"],
        unique=False,
    )
    op.create_table(
        "payment_events",
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("other_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("payable_by", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by_name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('paid', 'due', 'unpaid')", name=op.f("ck_payment_events_state")
        ),
        sa.CheckConstraint(
            "(invoice_id IS NULL) <> (other_id IS NULL)", name=op.f("ck_payment_events_one_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "invoice_id"],
            ["invoices.customer_id", "invoices.id"],
            name=op.f("fk_payment_events_customer_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "other_id"],
            ["other_invoices.customer_id", "other_invoices.id"],
            name=op.f("fk_payment_events_customer_id_other_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_payment_events_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_payment_events_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_events")),
    )
    op.create_index(
        "ix_payment_events_customer_id", "payment_events", ["customer_id", "id"], unique=False
    )
    op.create_index(
        "ix_payment_events_invoice_id",
        "payment_events",
        ["invoice_id", "on_day", "id"],
        unique=False,
    )
    op.create_index(
        "ix_payment_events_other_id", "payment_events", ["other_id", "on_day", "id"], unique=False
    )
    op.create_table(
        "charges",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("vat_percentage", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("calculation", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind = 'correction' OR corrects_id IS NULL", name=op.f("ck_charges_corrects")
        ),
        sa.CheckConstraint(
            "kind IN ('recurring', 'one_off', 'credit', 'correction')", name=op.f("ck_charges_kind")
        ),
        sa.CheckConstraint(
            "(invoice_id IS NULL) = (position IS NULL)", name=op.f("ck_charges_invoiced")
        ),
        sa.CheckConstraint("period_to >= period_from", name=op.f("ck_charges_period")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_charges_price")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_charges_created_by")),
        sa.ForeignKeyConstraint(
            ["customer_id", "contract_id"],
            ["contracts.customer_id", "contracts.id"],
            name=op.f("fk_charges_customer_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "corrects_id"],
            ["charges.customer_id", "charges.id"],
            name=op.f("fk_charges_customer_id_corrects_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "invoice_id"],
            ["invoices.customer_id", "invoices.id"],
            name=op.f("fk_charges_customer_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "service_id"],
            ["services.customer_id", "services.id"],
            name=op.f("fk_charges_customer_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_charges_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charges")),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_charges_customer_id_id")),
        sa.UniqueConstraint("source", name=op.f("uq_charges_source")),
    )
    op.create_index("ix_charges_customer_id_id", "charges", ["customer_id", "id"], unique=False)
    op.create_index("ix_charges_invoice_id", "charges", ["invoice_id", "position"], unique=False)
    op.create_index(
        "ix_charges_open",
        "charges",
        ["service_id"],
        unique=False,
        postgresql_where=sa.text("invoice_id IS NULL"),
    )
    op.create_index("ix_charges_service_id", "charges", ["service_id", "month", "id"], unique=False)
    op.create_index(
        "uq_charges_corrects_id",
        "charges",
        ["corrects_id"],
        unique=True,
        postgresql_where=sa.text("corrects_id IS NOT NULL"),
    )

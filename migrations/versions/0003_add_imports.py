"""Add the runs of the import, the incidents each run met, and what it found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ops_portal.core import policies

revision = "0003"
down_revision = "0002"

UNFINISHED = sa.text("state IN ('waiting', 'running', 'interrupted')")
COUNTERS = (
    "blocks_done",
    "rows_read",
    "rows_imported",
    "rows_repaired",
    "rows_unchanged",
    "rows_refused",
    "incidents_imported",
    "incidents_extended",
    "incidents_unchanged",
    "incidents_refused",
)


def upgrade() -> None:
    """Add the tables."""
    _add_runs()
    _add_entries()
    _add_findings()
    policies.protect_tenant("import_runs", grant=policies.READ_ADD_CHANGE)
    for table in ("import_entries", "import_findings"):
        policies.protect_tenant(table, grant=policies.READ_ADD)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_runtime")
    op.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_backup")


def downgrade() -> None:
    """Take them away again."""
    for table in ("import_findings", "import_entries", "import_runs"):
        op.drop_table(table)


def _add_runs() -> None:
    op.create_table(
        "import_runs",
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mapping_name", sa.String(length=60), nullable=False),
        sa.Column("mapping_text", sa.String(), nullable=False),
        sa.Column("mapping_hash", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("started_by", sa.BigInteger(), nullable=True),
        sa.Column("started_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("error_params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTERS),
        *_keys("import_runs"),
        _contract(),
        sa.ForeignKeyConstraint(
            ["started_by"], ["users.id"], name=op.f("fk_import_runs_started_by")
        ),
        sa.UniqueConstraint("customer_id", "id", name=op.f("uq_import_runs_customer_id_id")),
    )
    op.create_index("ix_import_runs_file_hash", "import_runs", ["file_hash"])
    op.create_index(
        "uq_import_runs_unfinished",
        "import_runs",
        ["customer_id", "contract_id", "file_hash", "mapping_hash"],
        unique=True,
        postgresql_where=UNFINISHED,
    )


def _add_entries() -> None:
    op.create_table(
        "import_entries",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("last_line", sa.Integer(), nullable=False),
        sa.Column("number_of_rows", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("reaction_s", sa.Integer(), nullable=True),
        sa.Column("restoration_s", sa.Integer(), nullable=True),
        *_keys("import_entries"),
        _run("import_entries"),
        sa.ForeignKeyConstraint(
            ["customer_id", "ticket_id"],
            ["tickets.customer_id", "tickets.id"],
            name=op.f("fk_import_entries_customer_id_ticket_id"),
        ),
    )
    op.create_index("ix_import_entries_run_id", "import_entries", ["run_id", "id"])
    op.create_index("ix_import_entries_ticket_id", "import_entries", ["ticket_id", "run_id"])


def _add_findings() -> None:
    op.create_table(
        "import_findings",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        *_keys("import_findings"),
        _run("import_findings"),
    )
    op.create_index("ix_import_findings_run_id", "import_findings", ["run_id", "line", "id"])
    op.create_index("ix_import_findings_code", "import_findings", ["run_id", "code", "line", "id"])


def _keys(table: str) -> tuple[sa.Column[int] | sa.Constraint, ...]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f(f"fk_{table}_customer_id")
        ),
    )


def _contract() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["customer_id", "contract_id"],
        ["contracts.customer_id", "contracts.id"],
        name=op.f("fk_import_runs_customer_id_contract_id"),
    )


def _run(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["customer_id", "run_id"],
        ["import_runs.customer_id", "import_runs.id"],
        name=op.f(f"fk_{table}_customer_id_run_id"),
    )

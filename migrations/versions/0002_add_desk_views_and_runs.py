"""Add saved views, runs over open tickets, what works say to customers, indexes of the queue."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ops_portal.core import policies

revision = "0002"
down_revision = "0001"

OPEN = sa.text("state IN ('new', 'in_progress', 'waiting')")
DESK = (
    ("customer", "customer_id"),
    ("line", "line"),
    ("paused", "paused_reason"),
    ("priority", "priority"),
    ("state", "state"),
)


def upgrade() -> None:
    """Add the tables, the columns and the indexes."""
    _add_saved_views()
    _add_runs()
    _extend_works()
    _index_the_queue()
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_runtime")
    op.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_backup")


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_tickets_owner_created", "tickets")
    op.drop_index("ix_tickets_open_created", "tickets")
    for name, _column in DESK:
        op.drop_index(f"ix_tickets_desk_{name}", "tickets")
    op.create_index(
        "ix_tickets_open_priority", "tickets", ["priority", "id"], postgresql_where=OPEN
    )
    op.create_index("ix_tickets_open_state", "tickets", ["state", "id"], postgresql_where=OPEN)
    for column in ("revision", "cancel_reason", "is_outside_confirmed", "description"):
        op.drop_column("planned_works", column)
    for table in ("due_moves", "recomputations", "saved_views"):
        op.drop_table(table)


def _add_saved_views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token", sa.String(length=20), nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_saved_views_customer_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("token", name=op.f("uq_saved_views_token")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_views_user_id_name")),
    )
    op.create_index("ix_saved_views_customer_id", "saved_views", ["customer_id"])
    policies.protect_tenant("saved_views", grant=policies.EVERYTHING)


def _add_runs() -> None:
    op.create_table(
        "recomputations",
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("cause_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("last_ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recomputations")),
        sa.UniqueConstraint(
            "cause", "cause_id", "revision", name=op.f("uq_recomputations_cause_cause_id_revision")
        ),
    )
    op.create_table(
        "due_moves",
        sa.Column("recomputation_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("kpi", sa.String(), nullable=False),
        sa.Column("before_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "ticket_id"],
            ["tickets.customer_id", "tickets.id"],
            name=op.f("fk_due_moves_customer_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_due_moves_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["recomputation_id"], ["recomputations.id"], name=op.f("fk_due_moves_recomputation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_moves")),
    )
    op.create_index("ix_due_moves_recomputation_id", "due_moves", ["recomputation_id", "id"])
    op.create_index("ix_due_moves_ticket_id", "due_moves", ["ticket_id"])
    # the runs hold no tenant data, but only staff and jobs have a use for them
    policies.protect_with("recomputations", using=policies.ALL, check=policies.ALL)
    policies.protect_tenant("due_moves", grant=policies.READ_ADD)


def _extend_works() -> None:
    for column in (
        sa.Column("description", sa.String(), nullable=False, server_default=""),
        sa.Column("is_outside_confirmed", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("cancel_reason", sa.String(), nullable=False, server_default=""),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
    ):
        op.add_column("planned_works", column)
        op.alter_column("planned_works", column.name, server_default=None)


def _index_the_queue() -> None:
    op.drop_index("ix_tickets_open_priority", "tickets")
    op.drop_index("ix_tickets_open_state", "tickets")
    for name, column in DESK:
        op.create_index(
            f"ix_tickets_desk_{name}",
            "tickets",
            [column, "urgency_rank", "urgency_at", "id"],
            postgresql_where=OPEN,
        )
    op.create_index(
        "ix_tickets_open_created", "tickets", ["created_at", "id"], postgresql_where=OPEN
    )
    op.create_index("ix_tickets_owner_created", "tickets", ["owner_id", "created_at", "id"])

"""Index a customer's tickets by the instant they were resolved, for the months on the care home."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NAME = "ix_tickets_customer_resolved"


def upgrade() -> None:
    """Add the index; only resolved tickets are in it."""
    op.create_index(
        NAME,
        "tickets",
        ["customer_id", "resolved_at"],
        postgresql_where=sa.text("resolved_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_index(NAME, "tickets")

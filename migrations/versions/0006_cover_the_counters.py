"""Let the counters of the queue be read from the indexes alone, tenant included."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

OPEN = sa.text("state IN ('new', 'in_progress', 'waiting')")
URGENCY = ["urgency_rank", "urgency_at", "id"]
COUNTED = {
    "ix_tickets_desk": URGENCY,
    "ix_tickets_desk_owner": ["owner_id", *URGENCY],
    "ix_tickets_desk_paused": ["paused_reason", *URGENCY],
    "ix_tickets_desk_priority": ["priority", *URGENCY],
    "ix_tickets_breached_from": ["breached_from"],
    "ix_tickets_update_due_at": ["update_due_at"],
}


def upgrade() -> None:
    """Make each index anew, with the tenant in it."""
    _rebuild(["customer_id"])


def downgrade() -> None:
    """Make each index anew, without it."""
    _rebuild([])


def _rebuild(included: list[str]) -> None:
    for name, columns in COUNTED.items():
        op.drop_index(name, "tickets")
        op.create_index(
            name, "tickets", columns, postgresql_where=OPEN, postgresql_include=included
        )

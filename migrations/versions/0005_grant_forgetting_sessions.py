"""Let the portal forget sessions and reset links that ended long ago: they say who was where."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = "user_sessions, password_resets"


def upgrade() -> None:
    """Grant it; the policies still hold."""
    op.execute(f"GRANT DELETE ON {TABLES} TO portal_runtime")


def downgrade() -> None:
    """Take it back."""
    op.execute(f"REVOKE DELETE ON {TABLES} FROM portal_runtime")

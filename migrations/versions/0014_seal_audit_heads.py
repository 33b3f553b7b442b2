"""Seal the heads of the audit chains, so that a cut tail shows without the anchors.

The heads that stand already are sealed here, once, with the key of the audit log: verify the log
before the upgrade, for what was cut before it stays cut.
"""

import os

import sqlalchemy as sa
from alembic import op

from ops_portal.core import audit

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the seal to every head."""
    op.add_column("audit_heads", sa.Column("seal", sa.String(), server_default="", nullable=False))
    op.execute("SELECT set_config('portal.scope', 'system', true)")
    found = sa.text("SELECT customer_id, seq, mac FROM audit_heads WHERE seq > 0")
    heads = op.get_bind().execute(found).all()
    if not heads:
        return
    key = os.environ.get("PORTAL_AUDIT_KEY")
    if not key:
        message = "PORTAL_AUDIT_KEY is not set: the heads of the audit log cannot be sealed"
        raise RuntimeError(message)
    audit.use_key(key)
    for customer_id, seq, mac in heads:
        op.get_bind().execute(
            sa.text("UPDATE audit_heads SET seal = :seal WHERE customer_id = :id"),
            {"seal": audit.seal_of(customer_id, seq, mac), "id": customer_id},
        )


def downgrade() -> None:
    """Forget the seals."""
    op.drop_column("audit_heads", "seal")

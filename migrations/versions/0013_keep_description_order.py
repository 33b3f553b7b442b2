"""Keep descriptions in the order of their file: components and subscriptions are read in it."""

import json
import tomllib
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

DESCRIPTION = Path(__file__).parents[2] / "sla" / "descriptions" / "invoice_insights.toml"


def upgrade() -> None:
    """Let the column keep its order, and give the shipped version that of its file (CAT-1)."""
    document = tomllib.loads(DESCRIPTION.read_text(encoding="utf-8"))
    op.execute("ALTER TABLE service_descriptions ALTER COLUMN document TYPE json")
    # the owner too is held to the policy: only a job's scope changes a description
    op.execute("SELECT set_config('portal.scope', 'system', true)")
    op.get_bind().execute(
        sa.text(
            "UPDATE service_descriptions SET document = cast(:document AS json)"
            " WHERE name = :name AND version = :version"
            " AND document::jsonb = cast(:same AS jsonb)"
        ),
        {
            "document": json.dumps(document, default=str),
            # a name of its own: as the same parameter it would be read as jsonb in both places
            "same": json.dumps(document, default=str),
            "name": document["name"],
            "version": document["version"],
        },
    )


def downgrade() -> None:
    """Give the order up again."""
    op.execute("ALTER TABLE service_descriptions ALTER COLUMN document TYPE jsonb")

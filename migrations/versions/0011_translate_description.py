"""Give version 1.0 of the description the clauses and the words of three languages."""

import json
import tomllib
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"

DESCRIPTION = Path(__file__).parents[2] / "sla" / "descriptions" / "invoice_insights.toml"


def upgrade() -> None:
    """Complete what 0007 registered; nothing that was promised changes (CAT-1)."""
    op.execute("SELECT set_config('portal.scope', 'system', true)")
    document = tomllib.loads(DESCRIPTION.read_text(encoding="utf-8"))
    if document["version"] == "1.0":
        op.get_bind().execute(
            sa.text(
                "UPDATE service_descriptions SET document = cast(:document AS jsonb)"
                " WHERE name = :name AND version = '1.0' AND NOT document ? 'clauses'"
            ),
            {"document": json.dumps(document, default=str), "name": document["name"]},
        )


def downgrade() -> None:
    """Leave the words: older code reads impacts as one text, so it cannot go back."""
    raise NotImplementedError("older code cannot read impacts in three languages")

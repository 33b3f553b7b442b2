"""Anchors: the heads of the audit chains, kept outside the database, append-only.

What the chain alone cannot show — that its tail was cut off — the anchor does.
"""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from ops_portal.core import private
from ops_portal.core.audit import AuditHead
from ops_portal.core.db import db

FILE = "audit-anchors.jsonl"


def write_anchors(folder: Path, *, now: datetime) -> int:
    """Append the heads that moved since the last anchor; return their number."""
    known = read_anchors(folder)
    heads = db.session.execute(select(AuditHead.customer_id, AuditHead.seq, AuditHead.mac)).all()
    moved = [h for h in heads if known.get(h.customer_id) != (h.seq, h.mac)]
    if moved:
        private.folder(folder)
        with private.append(folder / FILE) as file:
            for head in moved:
                line = {
                    "at": now.isoformat(),
                    "customer": head.customer_id,
                    "seq": head.seq,
                    "mac": head.mac,
                }
                file.write(json.dumps(line) + "\n")
    return len(moved)


def release(folder: Path, customer_id: int, *, now: datetime) -> None:
    """Anchor that a tenant's chain is no more: its data were deleted, and the chain with them."""
    if read_anchors(folder).get(customer_id, (0, ""))[0]:
        line = {"at": now.isoformat(), "customer": customer_id, "seq": 0, "mac": ""}
        with private.append(folder / FILE) as file:
            file.write(json.dumps(line) + "\n")


def read_anchors(folder: Path) -> dict[int, tuple[int, str]]:
    """Return the last anchored `(seq, mac)` of each tenant."""
    path = folder / FILE
    if not path.exists():
        return {}
    found: dict[int, tuple[int, str]] = {}
    with path.open(encoding="utf-8") as file:
        for text in file:
            with suppress(ValueError, KeyError):  # the last line may be half written
                line = json.loads(text)
                found[line["customer"]] = (line["seq"], line["mac"])
    return found

"""The certificate of a deletion: numbers, rules and decisions, and no data of the customer."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from ops_portal.core.db import db
from ops_portal.records.models import Deletion, DeletionCertificate
from ops_portal.records.register import FOLDER, register

RULE = "CON-4"
CLAUSE = "§7.1.4"


def issue(deletion: Deletion, *, now: datetime) -> DeletionCertificate:
    """Issue the certificate of a deletion that is done; once, however often it is asked for.

    Source: CON-4, §7.1.4.
    """
    query = select(DeletionCertificate).filter_by(deletion_id=deletion.id)
    known = db.session.scalar(query)
    if known is not None:
        return known
    number = f"DEL-{deletion.id:06d}"
    document = document_of(deletion, number, now)
    certificate = DeletionCertificate(
        customer_id=deletion.customer_id,
        deletion_id=deletion.id,
        number=number,
        issued_at=now,
        document=document,
        sha256=fingerprint(document),
    )
    db.session.add(certificate)
    db.session.flush()
    return certificate


def fingerprint(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a certificate as canonical JSON, hex."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def document_of(deletion: Deletion, number: str, now: datetime) -> dict[str, Any]:
    """Return what a certificate says, as plain JSON."""
    planned: Mapping[str, Mapping[str, Any]] = deletion.plan["tables"]
    counts: Mapping[str, Mapping[str, int]] = deletion.counts
    return {
        "number": number,
        "rule": RULE,
        "clause": CLAUSE,
        "customer": f"deleted-{deletion.customer_id}",
        "decisions": [
            _decision("requested", deletion.requested_by_name, deletion.requested_at),
            _decision("approved", deletion.approved_by_name, deletion.approved_at),
        ],
        "waited_days": deletion.wait_days,
        "waited_until": _instant(deletion.erasable_at),
        "began_at": _instant(deletion.started_at),
        "ended_at": _instant(now),
        "deleted": {
            name: {"rows": found.get("delete", 0), "emptied": found.get("clear", 0)}
            for name, found in sorted(counts.items())
        },
        "rows": sum(found.get("delete", 0) for found in counts.values()),
        "outside": deletion.plan["outside"],
        "audit": deletion.plan["audit"],
        "kept": {
            name: {key: found[key] for key in ("kept", "ground", "until")}
            for name, found in sorted(planned.items())
            if found["kept"] and found["ground"]
        },
        "register": _register_hash(),
    }


def words_of_table(name: str, language: str) -> str:
    """Return what people call a table; its name when the register knows it no more."""
    table = register().tables.get(name)
    return table.words[language] if table else name


def _decision(what: str, who: str, at: datetime | None) -> dict[str, str]:
    return {"what": what, "who": who, "at": _instant(at)}


def _instant(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _register_hash() -> str:
    """Return what names the rules the deletion went by."""
    content = b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.toml")))
    return sha256(content).hexdigest()

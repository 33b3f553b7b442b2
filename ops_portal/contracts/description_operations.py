"""Registering versions of service descriptions: checked whole, stored once, never changed."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ops_portal.contracts.models import ServiceDescription
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError
from sla.commerce import SECTIONS
from sla.errors import DescriptionError, Fault
from sla.policy import Description, parse_description, read_toml


def register_file(
    content: bytes, *, now: datetime, actor: Actor | None = None
) -> tuple[ServiceDescription, bool]:
    """Register a service description file (TOML); the same content is registered once.

    Args:
        content: the file.
        now: the instant.
        actor: who registers it; None for what comes with the portal.

    Returns:
        The version, and whether it is new.

    Raises:
        DescriptionError: it is faulty, each fault named by its path; nothing is stored.
        RefusedError: the version is registered with another content, or begins before one that
            is registered already.

    Source: CAT-1.

    """
    document = read_toml(content)
    description = check_document(document)
    stored = _plain(document)
    found = db.session.execute(
        select(ServiceDescription).filter_by(name=description.name, version=description.version),
    ).scalar_one_or_none()
    if found is not None:
        _refuse_other_content(found, stored)
        return found, False
    return _add(description, stored, now, actor), True


def register_description(path: Path, *, now: datetime) -> ServiceDescription:
    """Register the service description file that comes with the portal. Source: CAT-1."""
    return register_file(path.read_bytes(), now=now)[0]


def check_document(document: object) -> Description:
    """Return the description of a document that can be sold by.

    Raises:
        DescriptionError: it is faulty, or describes levels only.

    Source: CAT-1, CAT-2.

    """
    description = parse_description(document)
    if description.catalogue is None:
        raise DescriptionError([Fault(section, "missing") for section in sorted(SECTIONS)])
    return description


def _add(
    description: Description, document: object, now: datetime, actor: Actor | None
) -> ServiceDescription:
    row = ServiceDescription(
        name=description.name,
        version=description.version,
        effective_from=description.effective_from,
        document=document,
        created_at=now,
    )
    _refuse_earlier(row)
    db.session.add(row)
    db.session.flush()
    if actor is not None:
        audit.record(
            actor,
            "description.register",
            ("description", row.id),
            now=now,
            after={
                "name": row.name,
                "version": row.version,
                "effective_from": row.effective_from.isoformat(),
            },
        )
    return row


def _refuse_other_content(found: ServiceDescription, document: object) -> None:
    if found.document != document:
        message = N_(
            "{name} {version} is registered with another content: give the new one a new version."
        )
        params = {"name": found.name, "version": found.version}
        raise RefusedError(message, rule="CAT-1", fields={"file": message}, params=params)


def _refuse_earlier(row: ServiceDescription) -> None:
    """Refuse a version that would hold for days other versions hold for already."""
    later = db.session.scalars(
        select(ServiceDescription)
        .where(
            ServiceDescription.name == row.name,
            ServiceDescription.effective_from >= row.effective_from,
        )
        .order_by(ServiceDescription.effective_from.desc())
        .limit(1)
    ).first()
    if later is not None:
        message = N_(
            "Version {version} is effective from {day} on:"
            " a new version takes effect on a later day (effective_from)."
        )
        params = {"version": later.version, "day": later.effective_from.isoformat()}
        raise RefusedError(message, rule="CAT-1", fields={"file": message}, params=params)


def _plain(value: object) -> Any:  # noqa: ANN401 (as JSON has it)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime) else value

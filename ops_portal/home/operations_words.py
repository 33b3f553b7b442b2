"""The words of the operator's pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from ops_portal.core.audit import AuditEntry
from ops_portal.core.outbox import JobState

JOB_STATES: Mapping[str, tuple[str, str]] = {
    JobState.WAITING: ("paused", _l("waiting")),
    JobState.QUEUED: ("on_track", _l("in the queue")),
    JobState.DONE: ("met", _l("done")),
    JobState.DEAD: ("breached", _l("given up")),
}
"""`{state: (look, word)}`."""


TIMETABLE: Mapping[str, str] = {
    "audit.anchor": _l("Seal the audit log"),
    "imports.purge": _l("Delete the files of old imports"),
    "records.nightly": _l("Let exports expire and carry deletions along"),
    "upkeep.purge": _l("Delete what is kept no longer"),
}
"""What the jobs of the timetable do; a job without words keeps its name."""


def changes(entry: AuditEntry) -> str:
    """Return what an entry says changed: `state new → resolved; version 3 → 5`."""
    before: Mapping[str, Any] = entry.before or {}
    after: Mapping[str, Any] = entry.after or {}
    names = dict.fromkeys((*before, *after))
    parts = (
        f"{name} {before[name]} → {after[name]}"
        if name in before and name in after
        else f"{name} {after.get(name, before.get(name))}"
        for name in names
        if before.get(name) != after.get(name)
    )
    return "; ".join(parts)

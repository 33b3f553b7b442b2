"""The words of the operator's pages."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

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
    "contracts.link_access_owners": _l("Link the logins of Access Owners"),
    "contracts.nightly": _l("Switch unused services off and end those with a notice"),
    "imports.purge": _l("Delete the files of old imports"),
    "records.nightly": _l("Let exports expire and carry deletions along"),
    "upkeep.purge": _l("Delete what is kept no longer"),
}
"""What the jobs of the timetable do; a job without words keeps its name."""

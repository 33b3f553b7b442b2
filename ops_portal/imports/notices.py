"""The reader's words for what an import does and finds."""

from flask_babel import lazy_gettext as _l

from ops_portal.imports.codes import Refusal, Repair
from ops_portal.imports.models import Outcome, RunState

STATE: dict[str, str] = {
    RunState.WAITING: _l("Waiting to begin"),
    RunState.RUNNING: _l("Running"),
    RunState.INTERRUPTED: _l("Interrupted, will go on"),
    RunState.DONE: _l("Done"),
    RunState.CANCELLED: _l("Stopped"),
    RunState.FAILED: _l("Failed"),
}
LOOK: dict[str, str] = {
    RunState.WAITING: "paused",
    RunState.RUNNING: "on_track",
    RunState.INTERRUPTED: "attention",
    RunState.DONE: "met",
    RunState.CANCELLED: "none",
    RunState.FAILED: "breached",
}
OUTCOME: dict[str, str] = {
    Outcome.IMPORTED: _l("imported"),
    Outcome.EXTENDED: _l("added to"),
    Outcome.UNCHANGED: _l("unchanged"),
    Outcome.REFUSED: _l("refused"),
}
KIND = {"repair": _l("repaired"), "refusal": _l("refused")}
CODE: dict[str, str] = {
    Repair.CREATED_MISSING: _l("No time of creation: taken at the notification."),
    Repair.CREATED_FROM_FIRST_ROW: _l("No time of creation: taken at the first row."),
    Repair.NOTIFIED_AFTER_CREATED: _l(
        "The notification lay after the creation: taken at the creation."
    ),
    Repair.START_FROM_ASSIGNMENT: _l(
        "No row says that work began: taken when somebody took the incident."
    ),
    Repair.START_BEFORE_CREATED: _l("The work began before the creation: taken at the creation."),
    Repair.RESOLVED_FROM_STATE: _l(
        "No time of resolution: taken at the row that first says resolved."
    ),
    Repair.RESOLVED_FROM_CLOSING: _l("Closed without a resolution: resolved when it was closed."),
    Repair.RESOLVED_IS_STALE: _l("The time of resolution is of an earlier one: the states hold."),
    Repair.CLOSED_BEFORE_RESOLVED: _l(
        "The closing lay before the resolution: taken at the resolution."
    ),
    Repair.PRIORITY_MISSING: _l("No priority in this row: the one before holds."),
    Repair.PRIORITY_AT_ONCE: _l("Two priorities at the same minute: the later row holds."),
    Repair.STATE_UNKNOWN: _l("A state the mapping does not know: the one before holds."),
    Repair.STOP_WITHOUT_LENGTH: _l("A wait that ended as it began: left out."),
    Repair.ROW_OUT_OF_ORDER: _l("A row later than the one after it: taken at that one's time."),
    Repair.ROW_BEFORE_CREATED: _l("A row before the creation: taken at the creation."),
    Repair.TIME_IN_GAP: _l("A time the change to summer time skipped: taken an hour later."),
    Repair.TIME_TWICE: _l("A time that came twice, in autumn: the first of both is taken."),
    Refusal.ROW_SHAPE: _l("The row has another number of cells than the header."),
    Refusal.ROW_ENCODING: _l("The row is not written in the encoding of the mapping."),
    Refusal.INCIDENT_MISSING: _l("The row names no incident."),
    Refusal.ROWS_APART: _l("The rows of the incident do not lie together in the file."),
    Refusal.ROWS_TWICE: _l("The incident is in the file a second time."),
    Refusal.ROW_OF_REFUSED: _l("Another row of the incident cannot be read."),
    Refusal.TIME_MISSING: _l("A time is missing that nothing else can tell."),
    Refusal.TIME_UNREADABLE: _l("A time is not written as the mapping says."),
    Refusal.PRIORITY_UNKNOWN: _l("A priority is missing or unknown to the mapping."),
    Refusal.REASON_UNKNOWN: _l("A reason of waiting is unknown to the mapping."),
    Refusal.STOP_ORDER: _l("A wait ends before it begins, or begins before the incident."),
    Refusal.IN_FUTURE: _l("A time lies in the future."),
    Refusal.RESOLVED_BEFORE_CREATED: _l("The resolution lies before the creation."),
    Refusal.CLOCK: _l("The facts contradict one another: no clock can be read from them."),
    Refusal.DIFFERS: _l("The file contradicts what was imported before: nothing was changed."),
}

"""The names of what can be repaired in a log, and of what is refused."""

from dataclasses import dataclass
from enum import StrEnum


class Repair(StrEnum):
    """A fault that has one sensible cure; a mapping says which cures it allows."""

    CREATED_MISSING = "created_missing"
    CREATED_FROM_FIRST_ROW = "created_from_first_row"
    NOTIFIED_AFTER_CREATED = "notified_after_created"
    START_FROM_ASSIGNMENT = "start_from_assignment"
    START_BEFORE_CREATED = "start_before_created"
    RESOLVED_FROM_STATE = "resolved_from_state"
    RESOLVED_FROM_CLOSING = "resolved_from_closing"
    RESOLVED_IS_STALE = "resolved_is_stale"
    CLOSED_BEFORE_RESOLVED = "closed_before_resolved"
    PRIORITY_MISSING = "priority_missing"
    PRIORITY_AT_ONCE = "priority_at_once"
    STATE_UNKNOWN = "state_unknown"
    STOP_WITHOUT_LENGTH = "stop_without_length"
    ROW_OUT_OF_ORDER = "row_out_of_order"
    ROW_BEFORE_CREATED = "row_before_created"
    TIME_IN_GAP = "time_in_gap"
    TIME_TWICE = "time_twice"


class Refusal(StrEnum):
    """Why a row or an incident is left out."""

    ROW_SHAPE = "row_shape"
    ROW_ENCODING = "row_encoding"
    INCIDENT_MISSING = "incident_missing"
    ROWS_APART = "rows_apart"
    ROWS_TWICE = "rows_twice"
    ROW_OF_REFUSED = "row_of_refused"
    TIME_MISSING = "time_missing"
    TIME_UNREADABLE = "time_unreadable"
    PRIORITY_UNKNOWN = "priority_unknown"
    REASON_UNKNOWN = "reason_unknown"
    STOP_ORDER = "stop_order"
    IN_FUTURE = "in_future"
    RESOLVED_BEFORE_CREATED = "resolved_before_created"
    CLOCK = "clock"
    DIFFERS = "differs"


class FindingKind(StrEnum):
    """What became of a fault."""

    REPAIR = "repair"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a log: where, which, and what was done with it."""

    line: int
    reference: str
    kind: FindingKind
    code: str
    detail: str = ""


class IncidentRefusedError(Exception):
    """An incident cannot be taken in: which line stands against it, and why."""

    def __init__(self, line: int, code: str, detail: str = "") -> None:
        """Keep the place and the reason."""
        super().__init__(f"line {line}: {code} {detail}")
        self.line = line
        self.code = code
        self.detail = detail

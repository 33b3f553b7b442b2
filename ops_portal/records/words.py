"""The reader's words for exports, deletions and what stands in their way."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from ops_portal.records.models import DeletionState, ExportState
from ops_portal.records.plan import Fault

EXPORT: Mapping[str, tuple[str, str]] = {
    ExportState.WAITING: ("paused", _l("Waiting to begin")),
    ExportState.RUNNING: ("on_track", _l("Being made")),
    ExportState.DONE: ("met", _l("Ready")),
    ExportState.STOPPED: ("none", _l("Stopped")),
    ExportState.FAILED: ("breached", _l("Failed")),
    ExportState.EXPIRED: ("closed", _l("No longer there")),
}
"""`{state: (look, word)}`."""

DELETION: Mapping[str, tuple[str, str]] = {
    "none": ("none", _l("Not requested")),
    DeletionState.REQUESTED: ("attention", _l("To be approved")),
    DeletionState.WAITING: ("coming", _l("In the waiting period")),
    DeletionState.RUNNING: ("on_track", _l("Being deleted")),
    DeletionState.DONE: ("met", _l("Deleted")),
    DeletionState.WITHDRAWN: ("none", _l("Withdrawn")),
}

FAULTS: Mapping[str, str] = {
    Fault.CONTRACTS: _l("Contracts in force or to come"),
    Fault.TICKETS: _l("Open tickets: resolve or void them"),
    Fault.IMPORTS: _l("Imports that run: wait for them, or stop them"),
    Fault.EXPORTS: _l("An export that runs: wait for it, or stop it"),
    Fault.CHARGES: _l("Charges that are not invoiced: close the month first"),
    Fault.FEES: _l("Fees of a month that is not closed yet: close it first"),
    Fault.INVOICES: _l("Invoices that are not paid; they are kept all the same"),
    Fault.NO_EXPORT: _l("The customer has not downloaded an export yet"),
}

OUTSIDE: Mapping[str, str] = {
    "stored": _l("Files and archives"),
    "imported": _l("Files of imports"),
    "mails": _l("Mails kept as files"),
    "queued": _l("Jobs in the queue"),
}

DECISIONS: Mapping[str, str] = {
    "requested": _l("Requested"),
    "approved": _l("Approved"),
}

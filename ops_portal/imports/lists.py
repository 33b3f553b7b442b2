"""The lists of the import's pages: runs, and what a run found."""

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _

from ops_portal.imports import notices
from ops_portal.imports.queries import CodeCount
from ops_portal.web.listing import Choice, Column, Listing


def runs_listing() -> Listing:
    """Return the list of runs as the address asks for it."""
    return Listing(
        "imports",
        (
            Column("file", _("File"), lambda row: row.run.file_name, url=_address),
            Column("customer", _("Customer"), lambda row: row.customer),
            Column("contract", _("Contract"), lambda row: row.contract),
            Column("state", _("State"), lambda row: str(notices.STATE[row.run.state])),
            Column("begun", _("Begun"), lambda row: row.run.created_at, kind="moment"),
            Column("by", _("By"), lambda row: row.run.started_by_name),
            Column("rows", _("Rows"), lambda row: row.run.rows_read, kind="number"),
            Column("imported", _("New"), lambda row: row.run.incidents_imported, kind="number"),
            Column("unchanged", _("Known"), lambda row: row.run.incidents_unchanged, kind="number"),
            Column("refused", _("Refused"), lambda row: row.run.incidents_refused, kind="number"),
        ),
        label=_("Imports"),
        choices=(
            Choice("state", _("State"), [(str(s), str(w)) for s, w in notices.STATE.items()]),
        ),
        empty_text=_(
            "No log was imported yet. An import turns the incidents of another tool into tickets"
            " and judges them by a contract."
        ),
        empty_url=url_for("imports.new"),
        empty_label=_("Import a log"),
    )


def findings_listing(run_id: int, counts: Sequence[CodeCount]) -> Listing:
    """Return the list of what a run found as the address asks for it."""
    return Listing(
        "findings",
        (
            Column("line", _("Line"), lambda found: found.line, kind="number"),
            Column("incident", _("Incident"), lambda found: found.reference),
            Column("kind", _("What was done"), lambda found: str(notices.KIND[found.kind])),
            Column("code", _("Why"), lambda found: str(notices.CODE[found.code])),
            Column("detail", _("In the file"), lambda found: found.detail),
        ),
        label=_("Repairs and refusals"),
        choices=(
            Choice("kind", _("What was done"), [(k, str(w)) for k, w in notices.KIND.items()]),
            Choice("code", _("Why"), [(c.code, str(notices.CODE[c.code])) for c in counts]),
        ),
        empty_text=_("Nothing was repaired and nothing refused: every row was taken as it is."),
        empty_url=url_for("imports.run", run_id=run_id),
        empty_label=_("Back to the import"),
    )


def _address(row: object) -> str:
    return url_for("imports.run", run_id=row.run.id)  # type: ignore[attr-defined]

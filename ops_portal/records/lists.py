"""The lists of ended customers and of exports."""

from flask import url_for
from flask_babel import gettext as _

from ops_portal.records.models import DataExport, DeletionState
from ops_portal.records.queries import Ended
from ops_portal.records.words import DELETION, EXPORT
from ops_portal.web.filters import number
from ops_portal.web.listing import Choice, Column, Listing

KB = 1024


def deletion_state(row: Ended) -> str:
    """Return where the deletion of an ended customer stands; `none` before there is one."""
    return row.deletion.state if row.deletion else "none"


def ended_listing() -> Listing:
    """Return the list of customers whose service has ended, as the address asks for it."""
    states = [key for key in DELETION if key != DeletionState.WITHDRAWN]
    return Listing(
        "ended-services",
        (
            Column("customer", _("Customer"), lambda row: row.customer.name, url=_address),
            Column("code", _("Number"), lambda row: row.customer.code),
            Column("ended", _("Ended"), lambda row: row.ended_at, kind="moment"),
            Column(
                "export",
                _("Last export"),
                lambda row: str(EXPORT[row.export.state][1]) if row.export else "",
            ),
            Column(
                "taken",
                _("Downloaded"),
                lambda row: row.export.downloaded_at if row.export else None,
                kind="moment",
            ),
            Column("deletion", _("Deletion"), lambda row: str(DELETION[deletion_state(row)][1])),
            Column("erasable", _("Not before"), _erasable, kind="moment"),
        ),
        label=_("Ended services"),
        choices=(Choice("state", _("Deletion"), [(s, str(DELETION[s][1])) for s in states]),),
        empty_text=_(
            "No service has ended. When one has, its data are exported and deleted from here."
        ),
    )


def exports_listing() -> Listing:
    """Return the list of a customer's exports."""
    return Listing(
        "exports",
        (
            Column("requested", _("Requested"), lambda e: e.requested_at, kind="moment"),
            Column("by", _("By"), lambda e: e.requested_by_name),
            Column("state", _("State"), lambda e: str(EXPORT[e.state][1])),
            Column("records", _("Records"), lambda e: e.records_total, kind="number"),
            Column("size", _("Size"), size_of),
            Column("until", _("Until"), lambda e: e.expires_at, kind="moment"),
            Column("downloads", _("Downloads"), lambda e: e.downloads, kind="number"),
        ),
        label=_("Earlier exports"),
        empty_text=_("Nothing was exported yet."),
    )


def size_of(export: DataExport) -> str:
    """Return the size of an archive in words."""
    return _("%(number)s kB", number=number(-(-export.number_of_bytes // KB)))


def _address(row: Ended) -> str:
    return url_for("records.ending", customer_id=row.customer.id)


def _erasable(row: Ended) -> object:
    return row.deletion.erasable_at if row.deletion else None

"""The page of the data register (GDP-1)."""

from flask import render_template
from werkzeug.wrappers import Response

from ops_portal.core.permissions import Permission
from ops_portal.records import register_lists as lists
from ops_portal.records.blueprint import blueprint
from ops_portal.records.register import register
from ops_portal.web.guard import requires


@blueprint.get("/data-register")
@requires(Permission.REGISTER_READ)
def data_register() -> Response | str:
    """Show what each column is for and what becomes of it, in words. Source: GDP-1, §7.6."""
    listing = lists.register_listing()
    found = lists.rows(listing.one("table") or "", listing.one("class") or "")
    if listing.wants_export:
        return listing.export(lists.each_column(found))
    listing.show(lists.page_of(found, listing.after, listing.before))
    number = sum(1 for _column in register().columns())
    return render_template("records/register.html", listing=listing, number=number)

"""The customer's page of exports: ask, follow, stop, download (INV-11)."""

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.core import files
from ops_portal.core.clock import now
from ops_portal.core.errors import RefusedError
from ops_portal.core.paging import every_row
from ops_portal.core.permissions import Permission
from ops_portal.records import export_operations, lists, queries, words
from ops_portal.records.blueprint import blueprint
from ops_portal.web.forms import translated
from ops_portal.web.guard import current_actor, requires


@blueprint.get("/care/contract/exports")
@requires(Permission.DATA_EXPORT)
def own_exports() -> BaseResponse | str:
    """Show the exports of the own organisation, and the one that is being made."""
    customer_id, listing = current_actor().customer_id, lists.exports_listing()
    if listing.wants_export:
        return listing.export(
            every_row(lambda after: queries.exports_page(customer_id, after=after))
        )
    listing.show(queries.exports_page(customer_id, after=listing.after, before=listing.before))
    return render_template(
        "care/exports.html",
        listing=listing,
        latest=queries.latest_export_of(customer_id),
        deletion=queries.open_deletion_of(customer_id),
        words=words,
        at=now(),
        size_of=lists.size_of,
    )


@blueprint.post("/care/contract/exports")
@requires(Permission.DATA_EXPORT)
def request_own_export() -> BaseResponse:
    """Ask for an export; it is made in the background."""
    actor = current_actor()
    try:
        _export, is_new = export_operations.request_export(
            actor, actor.customer_id, language=actor.language, now=now()
        )
        said = (
            _("The export is made in the background. You get a mail when it is ready.")
            if is_new
            else _("An export is being made already.")
        )
        flash(said, "done" if is_new else "info")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("records.own_exports"), 303)


@blueprint.post("/care/contract/exports/<int:export_id>/stop")
@requires(Permission.DATA_EXPORT)
def stop_own_export(export_id: int) -> BaseResponse:
    """Stop an export; what was written of it is deleted."""
    export = queries.export_for(current_actor(), export_id, is_locked=True)
    try:
        export_operations.stop_export(current_actor(), export, now=now())
        flash(_("The export stops; nothing of it is kept."), "done")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("records.own_exports"), 303)


@blueprint.post("/care/contract/exports/<int:export_id>/download")
@requires(Permission.DATA_EXPORT)
def download_own_export(export_id: int) -> BaseResponse:
    """Give the archive to the customer, and record that it was taken. Source: INV-11, CON-4."""
    export = queries.export_for(current_actor(), export_id, is_locked=True)
    try:
        export_operations.download_export(current_actor(), export, now=now())
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
        return redirect(url_for("records.own_exports"), 303)
    return Response(
        files.stream_of(export.path),
        content_type="application/zip",
        headers={
            "Content-Disposition": f"attachment; filename=export-{export.id}.zip",
            "Content-Length": str(export.number_of_bytes),
        },
    )

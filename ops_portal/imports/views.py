"""Pages of the import: the list of runs, beginning one, following it, and what it came to."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.core.clock import now
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.paging import Page, every_row
from ops_portal.core.permissions import Permission
from ops_portal.imports import notices, operations, queries, storage, uploads
from ops_portal.imports.charts import height_of, time_bars, verdict_bars
from ops_portal.imports.lists import findings_listing, runs_listing
from ops_portal.imports.mapping import shipped
from ops_portal.imports.models import ImportRun
from ops_portal.imports.results import results_of
from ops_portal.imports.tables import result_tables
from ops_portal.tickets import words
from ops_portal.tickets.models import TicketState
from ops_portal.web.forms import REFUSED, show_refusal, translated
from ops_portal.web.guard import current_actor, requires

LIMIT_MB = storage.MAX_BYTES // 1024**2
blueprint = Blueprint("imports", __name__, url_prefix="/imports")


@blueprint.get("")
@requires(Permission.IMPORTS_RUN)
def index() -> BaseResponse | str:
    """List the runs, the newest first."""
    listing = runs_listing()
    state = listing.one("state") or ""
    if listing.wants_export:
        return listing.export(every_row(lambda key: queries.runs_page(state=state, after=key)))
    listing.show(queries.runs_page(state=state, after=listing.after, before=listing.before))
    return render_template("imports/index.html", listing=listing, words=notices)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.IMPORTS_RUN)
def new() -> BaseResponse | tuple[str, int]:
    """Begin an import; the work itself is done in the background."""
    form, status = uploads.offered_form(), 200
    if form.validate_on_submit():
        try:
            run, is_new = uploads.begin(form)
            _say(run, is_new=is_new)
            return redirect(url_for("imports.run", run_id=run.id), 303)
        except RefusedError as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    page = render_template(
        "imports/new.html",
        form=form,
        mappings=uploads.mappings(),
        limit_mb=storage.MAX_BYTES // 1024**2,
    )
    return page, status


@blueprint.get("/<int:run_id>")
@requires(Permission.IMPORTS_RUN)
def run(run_id: int) -> str:
    """Show how far a run is, and what it found; the same address answers page and part."""
    row = queries.run_row(run_id)
    return render_template(
        "imports/run.html",
        row=row,
        run=row.run,
        is_stalled=row.run.is_stalled(now()),
        error=_error(row.run),
        counts=queries.code_counts(run_id),
        words=notices,
    )


@blueprint.get("/<int:run_id>/findings")
@requires(Permission.IMPORTS_RUN)
def findings(run_id: int) -> BaseResponse | str:
    """List what a run repaired and refused, by line; also as a file."""
    row = queries.run_row(run_id)
    listing = findings_listing(run_id, queries.code_counts(run_id))
    code, kind = listing.one("code") or "", listing.one("kind") or ""

    def page_of(*, after: str = "", before: str = "") -> Page:
        return queries.findings_page(run_id, code=code, kind=kind, after=after, before=before)

    if listing.wants_export:
        return listing.export(every_row(lambda key: page_of(after=key)))
    listing.show(page_of(after=listing.after, before=listing.before))
    return render_template("imports/findings.html", row=row, listing=listing)


@blueprint.get("/<int:run_id>/results")
@requires(Permission.IMPORTS_RUN)
def results(run_id: int) -> str:
    """Show what the incidents of a run came to."""
    row = queries.run_row(run_id)
    found = results_of(row.run)
    verdicts, times = verdict_bars(found.clocks), time_bars(found.priorities)
    return render_template(
        "imports/results.html",
        row=row,
        results=found,
        verdicts=verdicts,
        verdicts_height=height_of(verdicts),
        times=times,
        times_height=height_of(times),
        words=words,
        all_states=[state.value for state in TicketState],
        **result_tables(found),
    )


@blueprint.post("/<int:run_id>/stop")
@requires(Permission.IMPORTS_RUN)
def stop(run_id: int) -> BaseResponse:
    """Stop a run; what it imported stays."""
    try:
        operations.cancel_import(current_actor(), run_id, now=now())
        flash(_("The import stops. What was imported stays, and it can be resumed."), "done")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("imports.run", run_id=run_id), 303)


@blueprint.post("/<int:run_id>/resume")
@requires(Permission.IMPORTS_RUN)
def resume(run_id: int) -> BaseResponse:
    """Take a stopped run up where it stopped."""
    try:
        found = operations.resume_import(current_actor(), run_id, now=now())
        operations.put_job(found, now=now())
        flash(_("The import goes on where it stopped."), "done")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("imports.run", run_id=run_id), 303)


@blueprint.get("/mappings/<mapping_name>.toml")
@requires(Permission.IMPORTS_RUN)
def mapping(mapping_name: str) -> Response:
    """Give a shipped mapping, to copy for another tool."""
    text = shipped().get(mapping_name)
    if text is None:
        raise NotFoundError
    headers = {"Content-Disposition": f'attachment; filename="{mapping_name}.toml"'}
    return Response(text, content_type="application/toml; charset=utf-8", headers=headers)


def _say(run: ImportRun, *, is_new: bool) -> None:
    if is_new:
        flash(_("The file is taken in. It is imported in the background."), "done")
    elif run.is_resumable:
        flash(_("An import of this very file was stopped. It can be resumed here."), "info")
    else:
        flash(_("This very file was imported into this contract before: nothing changes."), "info")


def _error(run: ImportRun) -> str:
    found = RefusedError(run.error, params=run.error_params)
    return str(translated(found.msgid, found))

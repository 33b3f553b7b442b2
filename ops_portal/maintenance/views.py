"""Pages of planned works: the list, announcing, and what becomes of them."""

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.contracts.queries import newest_terms
from ops_portal.core.clock import now
from ops_portal.core.errors import RefusedError
from ops_portal.core.paging import Page, every_row
from ops_portal.core.permissions import Permission
from ops_portal.maintenance import operations, queries
from ops_portal.maintenance.blueprint import blueprint
from ops_portal.maintenance.forms import CancelForm, ExtendForm, WorksForm
from ops_portal.maintenance.models import PlannedWork
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.listing import Choice, Column, Listing


@blueprint.get("/operations/works")
@requires(Permission.WORKS_READ)
def works() -> Response | str:
    """List planned works, the latest start first."""
    listing = _listing()
    when, at_now = listing.one("when") or "", now()

    def page_after(after: str, before: str = "") -> Page:
        return queries.works_page(
            when=when,
            order=listing.order,
            now=at_now,
            after=after,
            before=before,
            search=listing.q,
        )

    if listing.wants_export:
        return listing.export(every_row(page_after))
    listing.show(page_after(listing.after, listing.before))
    return render_template("maintenance/works.html", listing=listing, state_words=state_words)


@blueprint.route("/operations/works/new", methods=["GET", "POST"])
@requires(Permission.WORKS_MANAGE)
def announce_works() -> Response | str | tuple[str, int]:
    """Announce planned works; outside the window only after a warning."""
    form, status = WorksForm(), 200
    elements = queries.elements_in_force(now())
    form.offer(elements)
    if form.validate_on_submit():
        try:
            work = operations.announce_works(
                current_actor(), form.announcement(elements), zone=_zone(), now=now()
            )
        except RefusedError as error:
            status = show_refusal(form, error)
        else:
            flash(_("The works are announced. The clocks of what they touch follow at once."))
            return redirect(url_for("maintenance.work", work_id=work.id), 303)
    elif form.is_submitted():
        status = REFUSED
    return render_template("maintenance/announce.html", form=form), status


@blueprint.get("/operations/works/<int:work_id>")
@requires(Permission.WORKS_READ)
def work(work_id: int) -> str:
    """Show planned works with their history."""
    return _page(queries.work_for(work_id), ExtendForm(), CancelForm())


@blueprint.post("/operations/works/<int:work_id>/extend")
@requires(Permission.WORKS_MANAGE)
def extend_works(work_id: int) -> Response | tuple[str, int]:
    """Announce a later end."""
    found, form = queries.work_for(work_id, is_locked=True), ExtendForm()
    if not form.validate_on_submit():
        return _page(found, form, CancelForm(formdata=None)), REFUSED
    try:
        operations.extend_works(
            current_actor(),
            found,
            cast(datetime, form.ends_at.data),
            is_outside_confirmed=bool(form.is_outside_confirmed.data),
            zone=_zone(),
            now=now(),
        )
    except RefusedError as error:
        status = show_refusal(form, error)
        return _page(found, form, CancelForm(formdata=None)), status
    flash(_("The works are extended; the clocks follow at once."))
    return redirect(url_for("maintenance.work", work_id=work_id), 303)


@blueprint.post("/operations/works/<int:work_id>/cancel")
@requires(Permission.WORKS_MANAGE)
def cancel_works(work_id: int) -> Response | tuple[str, int]:
    """Call works off, or end them early."""
    found, form = queries.work_for(work_id, is_locked=True), CancelForm()
    if not form.validate_on_submit():
        return _page(found, ExtendForm(formdata=None), form), REFUSED
    try:
        operations.cancel_works(current_actor(), found, form.reason.data or "", now=now())
    except RefusedError as error:
        status = show_refusal(form, error)
        return _page(found, ExtendForm(formdata=None), form), status
    flash(_("The works are cancelled; from now on time counts again."))
    return redirect(url_for("maintenance.work", work_id=work_id), 303)


def state_words(work: PlannedWork) -> tuple[str, str]:
    """Return how works stand: the kind of the badge, and the word."""
    at_now = now()
    if work.cancelled_at is not None:
        return "none", _("Cancelled")
    if work.ends_at <= at_now:
        return "met", _("Past")
    return ("attention", _("Running")) if work.starts_at <= at_now else ("coming", _("Coming"))


def _listing() -> Listing:
    return Listing(
        "works",
        [
            Column("title", _("Works"), lambda w: w.title, url=_address),
            Column(
                "starts_at",
                _("Start"),
                lambda w: w.starts_at,
                kind="moment",
                order="newest",
                is_falling=True,
            ),
            Column("ends_at", _("End"), lambda w: w.ends_at, kind="moment"),
            Column("duration", _("Lasts"), _duration_s, kind="duration"),
            Column("state", _("State"), lambda w: state_words(w)[1]),
        ],
        label=_("Planned works"),
        choices=[
            Choice(
                "when",
                _("State"),
                [
                    ("coming", _("Running and coming")),
                    ("past", _("Past")),
                    ("cancelled", _("Cancelled")),
                ],
            )
        ],
        orders={"newest": _("Latest start first"), "oldest": _("Earliest start first")},
        search_label=_("Search the title"),
        empty_text=_("No works are planned. Announced works stop the clocks of what they touch."),
    )


def _page(found: PlannedWork, extend: ExtendForm, cancel: CancelForm) -> str:
    return render_template(
        "maintenance/work.html",
        work=found,
        state=state_words(found),
        lasts_s=_duration_s(found),
        has_notice=queries.needs_notice(found),
        extensions=queries.extensions_of(found),
        affected=queries.affected(found),
        extend=extend,
        cancel=cancel,
        is_open=found.cancelled_at is None and found.ends_at > now(),
    )


def _duration_s(found: PlannedWork) -> int:
    """Return how long works last as time passes, also across a clock change (T24)."""
    return int((found.ends_at - found.starts_at).total_seconds())


def _address(found: PlannedWork) -> str:
    return url_for("maintenance.work", work_id=found.id)


def _zone() -> ZoneInfo:
    """Return the zone of the planned-works window: the contract's, not the reader's."""
    return newest_terms(now().date()).description.zone

"""The desk's queue: views with counters, filters, saved views, files."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.contracts.queries import newest_terms
from ops_portal.core.clock import now
from ops_portal.core.errors import RefusedError
from ops_portal.core.paging import Page
from ops_portal.core.permissions import Permission
from ops_portal.tickets import saved_views
from ops_portal.tickets.blueprint import blueprint
from ops_portal.tickets.desk_list import (
    VIEW_WORDS,
    asked_filters,
    asked_view,
    chosen_columns,
    columns,
    desk_listing,
    export_lines,
    file_columns,
    lines_of,
)
from ops_portal.tickets.desk_queries import COUNTER_CAP, Instants, counters, desk_page
from ops_portal.web.forms import translated
from ops_portal.web.guard import current_actor, requires


@blueprint.get("/desk")
@requires(Permission.DESK_READ)
def desk() -> Response | str:
    """Show the queue, most urgent first; the same address answers page, part and file."""
    actor, at_now = current_actor(), now()
    listing = desk_listing(asked_view())
    filters = asked_filters(listing)
    at = Instants.of(newest_terms(at_now.date()).schedule, at_now)
    if listing.wants_export:
        listing.columns = file_columns()
        return listing.export(export_lines(actor, filters, at))
    page = desk_page(actor, filters, at, after=listing.after, before=listing.before)
    listing.show(Page(lines_of(page.rows, now=at_now), page.after, page.before))
    token = request.args.get("saved", "")
    views = saved_views.views_for(actor, token)
    return render_template(
        "desk/queue.html",
        listing=listing,
        filters=filters,
        counters=counters(actor, at),
        cap=COUNTER_CAP,
        view_words=VIEW_WORDS,
        views=views,
        opened=next((v for v in views if v.token == token), None),
        state=saved_views.kept_part(request.args.to_dict(flat=False)),
        all_columns=columns(),
        shown=chosen_columns(),
        read_at=at_now,
    )


@blueprint.post("/desk/views")
@requires(Permission.DESK_READ)
def save_view() -> Response:
    """Save what the queue shows under a name."""
    asked = request.form.to_dict(flat=False)
    name = request.form.get("name", "").replace("\x00", "")
    try:
        view = saved_views.save_view(current_actor(), name, asked, now=now())
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
        return redirect(url_for("tickets.desk", **saved_views.kept_part(asked)), 303)
    flash(_("The view is saved. Its address can be sent to colleagues."))
    return redirect(url_for("tickets.open_view", token=view.token), 303)


@blueprint.get("/desk/views/<token>")
@requires(Permission.DESK_READ)
def open_view(token: str) -> Response:
    """Open a saved view, the own one or one somebody sent the link of."""
    view = saved_views.view_for(current_actor(), token)
    return redirect(url_for("tickets.desk", **view.query, saved=view.token))


@blueprint.post("/desk/views/<token>/delete")
@requires(Permission.DESK_READ)
def delete_view(token: str) -> Response:
    """Delete one of the reader's own views."""
    saved_views.delete_view(current_actor(), token, now=now())
    return redirect(url_for("tickets.desk"), 303)

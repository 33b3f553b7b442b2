"""The operator's view of the portal itself: parts, timetable, jobs, audit."""

from functools import partial
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from ops_portal.core import audit, outbox, queue
from ops_portal.core.clock import now
from ops_portal.core.config import Config
from ops_portal.core.outbox import JobState, OutboxJob
from ops_portal.core.paging import every_row
from ops_portal.core.permissions import Permission
from ops_portal.home import operations_queries as queries
from ops_portal.home.audit_words import action_word, actions_named, changes, object_word
from ops_portal.home.operations_words import JOB_STATES, TIMETABLE
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.listing import Choice, Column, Listing

blueprint = Blueprint("operations", __name__)


@blueprint.get("/operations")
@requires(Permission.JOBS_READ)
def index() -> str:
    """Show how the parts of the portal are, and what waits."""
    config: Config = current_app.extensions["portal.config"]
    found = queries.health(
        has_queue=queue.is_up(config.redis_url), queued=queue.depth(config.redis_url), now=now()
    )
    return render_template(
        "home/operations.html", health=found, words=JOB_STATES, timetable_words=TIMETABLE
    )


@blueprint.get("/operations/jobs")
@requires(Permission.JOBS_READ)
def jobs() -> Response | str:
    """List the jobs and mails of the outbox; dead ones can be tried again."""
    listing = _jobs_listing()
    states = listing.chosen("state")
    if listing.wants_export:
        return listing.export(every_row(lambda after: queries.jobs(states, after=after)))
    listing.show(queries.jobs(states, after=listing.after, before=listing.before))
    return render_template("home/jobs.html", jobs=listing)


@blueprint.get("/operations/jobs/<int:job_id>")
@requires(Permission.JOBS_READ)
def job(job_id: int) -> str:
    """Show one job with what went wrong."""
    return render_template("home/job.html", job=queries.job_for(job_id), words=JOB_STATES)


@blueprint.post("/operations/jobs/<int:job_id>/retry")
@requires(Permission.JOBS_MANAGE)
def retry_job(job_id: int) -> Response:
    """Give a dead job its attempts back."""
    found = queries.job_for(job_id)
    if outbox.retry_dead(found.id, now()):
        audit.record(current_actor(), "job.retry", ("job", found.id), now=now())
        flash(_("The job will be tried again in a moment."), "done")
    return redirect(url_for("operations.job", job_id=job_id), 303)


@blueprint.get("/operations/audit")
@requires(Permission.AUDIT_READ)
def audit_log() -> Response | str:
    """List the audit log of all customers, newest first. Source: CFG-2."""
    listing = _audit_listing()
    asked = queries.Asked(listing.q, actions_named(listing.q), _customer_code())
    read = partial(queries.audit_entries, asked)
    if listing.wants_export:
        return listing.export(every_row(lambda after: read(after=after)))
    listing.show(read(after=listing.after, before=listing.before))
    return render_template("home/audit.html", entries=listing)


def _jobs_listing() -> Listing:
    return Listing(
        name="jobs",
        label=_l("Jobs"),
        columns=(
            Column("job", _l("Job"), lambda j: j.name, url=_job_url),
            Column("number", _l("Number"), lambda j: j.id, kind="number"),
            Column("state", _l("State"), lambda j: JOB_STATES[j.state][1]),
            Column("attempts", _l("Attempts"), lambda j: j.attempts, kind="number"),
            Column("created", _l("Written"), lambda j: j.created_at, kind="moment"),
            Column("next", _l("Next attempt"), _next_attempt, kind="moment"),
        ),
        choices=(Choice("state", _l("State"), [(s.value, JOB_STATES[s][1]) for s in JobState]),),
        empty_text=_l("Nothing waits. Jobs and mails are here until they are done."),
    )


def _audit_listing() -> Listing:
    return Listing(
        name="audit",
        label=_l("Audit log"),
        columns=(
            Column("at", _l("When"), lambda r: r[0].at, kind="moment"),
            Column("who", _l("Who"), lambda r: r[0].actor_name),
            Column("customer", _l("Organisation"), lambda r: r[1]),
            Column("action", _l("Action"), lambda r: action_word(r[0].action)),
            Column("object", _l("Object"), lambda r: object_word(r[0])),
            Column("change", _l("Before and after"), lambda r: changes(r[0])),
            Column("from", _l("IP address"), lambda r: r[0].ip),
        ),
        search_label=_l("Object, action or person"),
        keeps=("customer",),
        empty_text=_l("No entries yet."),
    )


def _customer_code() -> str:
    return request.args.get("customer", "").replace("\x00", "")


def _job_url(job: OutboxJob) -> str:
    return url_for("operations.job", job_id=job.id)


def _next_attempt(job: OutboxJob) -> Any:  # noqa: ANN401 (an instant, or nothing)
    return job.available_at if job.state == JobState.WAITING else None

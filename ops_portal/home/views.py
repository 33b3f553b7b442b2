"""The first page, and what machines ask about our health."""

from flask import Blueprint, Response, current_app, g, jsonify, redirect, render_template, url_for
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.core import outbox, queue
from ops_portal.core.clock import now
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.permissions import Permission
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.maintenance.queries import public_notices

blueprint = Blueprint("home", __name__)

FIRST_PAGES = (
    (Permission.CONTRACTS_MANAGE, "portfolio.index"),
    (Permission.BILLING_RUN, "billing.index"),
    (Permission.DESK_READ, "tickets.desk"),
    (Permission.CARE_HOME, "care.home"),
    (Permission.CUSTOMERS_READ, "accounts.customers"),
    (Permission.SELF, "accounts.profile"),
)


@blueprint.get("/")
def index() -> BaseResponse:
    """Lead each reader to the own first page."""
    actor = g.actor
    if actor is None:
        return redirect(url_for("accounts.login"))
    for permission, endpoint in FIRST_PAGES:
        if actor.can(permission):
            return redirect(url_for(endpoint))
    return redirect(url_for("accounts.profile"))


@blueprint.get("/status")
def status() -> str:
    """Show current and coming maintenance to anybody. Source: MNT-2, §6.4.1."""
    at_now = now()
    # a scope of no tenant: what is shown to anybody cannot come from one
    with scoped(Scope.customers(), db.session):
        notices = public_notices(at_now)
    return render_template("home/status.html", notices=notices, at_now=at_now)


@blueprint.get("/healthz")
def healthz() -> BaseResponse:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[BaseResponse, int]:
    """Say whether the database answers; the queue may be away without harm."""
    config: Config = current_app.extensions["portal.config"]
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        is_ready = True
    except SQLAlchemyError:
        is_ready = False
    parts = {"database": is_ready, "queue": queue.is_up(config.redis_url)}
    return jsonify(status="ready" if is_ready else "not ready", **parts), 200 if is_ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the figures a monitoring system scrapes (Prometheus text)."""
    config: Config = current_app.extensions["portal.config"]
    registry = CollectorRegistry()
    jobs = Gauge("portal_outbox_jobs", "Outbox rows not done", ["state"], registry=registry)
    depth = Gauge("portal_queue_jobs", "Jobs in the queue", ["queue"], registry=registry)
    up = Gauge("portal_queue_up", "Whether Valkey answers", registry=registry)
    with scoped(Scope.system("metrics"), db.session):
        for state, number in outbox.counts().items():
            jobs.labels(state).set(number)
    for name, number in queue.depth(config.redis_url).items():
        depth.labels(name).set(number)
    up.set(1 if queue.is_up(config.redis_url) else 0)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

"""Signing in and out, and the switches of every page: language, colours, organisation."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import (
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.globals import app_ctx
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from ops_portal.accounts import operations
from ops_portal.accounts.blueprint import blueprint
from ops_portal.accounts.forms import SignInForm
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import LimitedError, PortalError, RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import SignedIn, current_actor, requires
from ops_portal.web.languages import COOKIE, LANGUAGES
from ops_portal.web.navigation import THEME_COOKIE, THEMES

YEAR_S = 365 * 24 * 3600


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> Response:
    """Sign in."""
    target = safe_target(request.args.get("next"))
    if g.actor is not None and request.method == "GET":
        return redirect(target)
    form = SignInForm()
    status, refusal = 200, None
    if form.validate_on_submit():
        try:
            with scoped(Scope.system("sign-in"), db.session):
                actor, token = operations.sign_in(
                    form.email.data or "",
                    form.password.data or "",
                    now=now(),
                    ip=request.remote_addr or "",
                    user_agent=request.user_agent.string,
                )
                leave_session()
            take_session(actor, token)
            return redirect(target, 303)
        except (RefusedError, LimitedError) as error:
            status, refusal = show_refusal(form, error), error
    elif form.is_submitted():
        status = REFUSED
    is_interrupted = request.args.get("kept") == "1"
    page = render_template("accounts/login.html", form=form, is_interrupted=is_interrupted)
    response = make_response(page, status)
    if refusal is not None:
        response.call_on_close(_noting_refusal(form.email.data or "", refusal))
    return response


def _noting_refusal(email: str, refusal: PortalError) -> Callable[[], None]:
    """Return what audits the refusal once the answer is sent, so that its time tells nothing."""
    app = app_ctx.app
    at, ip, request_id = now(), request.remote_addr or "", g.request_id

    def note() -> None:
        with app.app_context(), scoped(Scope.system("sign-in"), db.session):
            operations.note_refused_sign_in(
                email, refusal.code, now=at, ip=ip, request_id=request_id
            )

    return note


@blueprint.post("/logout")
@requires(Permission.SELF)
def logout() -> Response:
    """End this session."""
    leave_session()
    logout_user()
    session.clear()
    response = redirect(url_for("accounts.login"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def take_session(actor: Actor, token: str) -> None:
    """Put a session into the browser's cookie; nothing of the cookie before is kept."""
    session.clear()
    login_user(SignedIn(actor, token))


def leave_session() -> None:
    """End the session this browser had, if any: nobody goes on with it."""
    actor: Actor | None = g.get("actor")
    if actor is not None and actor.session_id is not None:
        operations.end_session(actor, actor.session_id, now=now())


@blueprint.post("/language")
def choose_language() -> Response:
    """Remember the language of the pages: in this browser, and with the person who is signed in."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    if g.actor is not None:
        with scoped(Scope.system("language"), db.session):
            operations.choose_language(g.actor, language)
    return remember(redirect(safe_target(request.form.get("next")), 303), COOKIE, language)


@blueprint.post("/theme")
def choose_theme() -> Response:
    """Remember light, dark or as the system."""
    theme = request.form.get("theme", "")
    if theme not in THEMES:
        abort(400)
    return remember(redirect(safe_target(request.form.get("next")), 303), THEME_COOKIE, theme)


def remember(response: Response, cookie: str, value: str) -> Response:
    """Keep a choice in the browser for a year."""
    response.set_cookie(
        cookie,
        value,
        max_age=YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


@blueprint.post("/organisation")
@requires(Permission.SELF)
def switch_organisation() -> Response:
    """Make another of the reader's organisations the active one."""
    actor = current_actor()
    chosen = request.form.get("customer_id", type=int) or 0
    operations.switch_organisation(actor, chosen, now=now())
    name = dict(actor.organisations)[chosen]
    flash(_("You now act for %(organisation)s.", organisation=name), "done")
    return redirect(url_for("home.index"), 303)


def safe_target(target: str | None) -> str:
    """Return a path of this portal to go on to; anything else leads to the first page."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return url_for("home.index")
    if any(ord(c) < ord(" ") or c == "\\" for c in target):
        return url_for("home.index")
    parts = urlsplit(target)
    return url_for("home.index") if parts.scheme or parts.netloc else target

"""Pages of the ways in: sign in and out, language, organisation."""

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from ops_portal.accounts import operations
from ops_portal.accounts.forms import SignInForm
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import LimitedError, RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.web.forms import show_refusal
from ops_portal.web.guard import SignedIn, current_actor, requires
from ops_portal.web.languages import COOKIE, LANGUAGES
from ops_portal.web.navigation import THEME_COOKIE, THEMES

blueprint = Blueprint("accounts", __name__)
YEAR_S = 365 * 24 * 3600


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> Response | str | tuple[str, int]:
    """Sign in."""
    form = SignInForm()
    status = 200
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
            login_user(SignedIn(actor, token))
            return redirect(safe_target(request.args.get("next")))
        except (RefusedError, LimitedError) as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = 422
    return render_template("accounts/login.html", form=form), status


@blueprint.post("/logout")
@requires(Permission.SELF)
def logout() -> Response:
    """End this session."""
    actor = current_actor()
    if actor.session_id is not None:
        operations.end_session(actor, actor.session_id, now=now())
    logout_user()
    response = redirect(url_for("accounts.login"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.post("/language")
def choose_language() -> Response:
    """Remember the language of the pages: in this browser, and with the person who is signed in."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    if g.actor is not None:
        with scoped(Scope.system("language"), db.session):
            operations.choose_language(g.actor, language)
    return _remember(COOKIE, language)


@blueprint.post("/theme")
def choose_theme() -> Response:
    """Remember light, dark or as the system."""
    theme = request.form.get("theme", "")
    if theme not in THEMES:
        abort(400)
    return _remember(THEME_COOKIE, theme)


def _remember(cookie: str, value: str) -> Response:
    response = redirect(safe_target(request.form.get("next")), 303)
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
    chosen = request.form.get("customer_id", type=int) or 0
    operations.switch_organisation(current_actor(), chosen, now=now())
    return redirect(url_for("home.index"), 303)


def safe_target(target: str | None) -> str:
    """Return a path of this portal to go on to; anything else leads to the first page."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return url_for("home.index")
    if any(ord(c) < ord(" ") or c == "\\" for c in target):
        return url_for("home.index")
    parts = urlsplit(target)
    return url_for("home.index") if parts.scheme or parts.netloc else target

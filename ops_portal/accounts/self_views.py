"""A person's own pages: profile, password, sessions, tokens."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import format_timedelta
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.accounts import (
    customer_operations,
    operations,
    password_operations,
    people_queries,
    queries,
    token_operations,
)
from ops_portal.accounts.blueprint import blueprint
from ops_portal.accounts.forms import ChangePasswordForm, ProfileForm, TokenForm
from ops_portal.accounts.models import ApiToken
from ops_portal.accounts.queries import Timeouts
from ops_portal.accounts.views import remember, take_session
from ops_portal.accounts.words import SCOPES, device_words, role_word
from ops_portal.core.clock import now
from ops_portal.core.config import Config
from ops_portal.core.errors import LimitedError, RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.navigation import THEME_COOKIE, THEMES
from sla.spans import day_end

Page = Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token as the list shows it."""

    token: ApiToken
    now: datetime

    @property
    def is_over(self) -> bool:
        """Whether it was revoked or has expired."""
        return self.token.revoked_at is not None or self.token.expires_at <= self.now

    @property
    def last_at(self) -> datetime:
        """The last instant at which it works: the end of the day that was chosen."""
        return self.token.expires_at - timedelta(seconds=1)

    @property
    def scopes(self) -> str:
        """What it may do, in words."""
        return ", ".join(str(word) for scope, word in SCOPES.items() if scope in self.token.scopes)


@blueprint.route("/account", methods=["GET", "POST"])
@requires(Permission.SELF)
def profile() -> Page:
    """Name, language, colours and keys."""
    actor = current_actor()
    theme = request.cookies.get(THEME_COOKIE, "")
    form = ProfileForm(obj=actor, theme=theme if theme in THEMES else "auto")
    status = 200
    if form.validate_on_submit():
        chosen = customer_operations.Profile(
            name=form.name.data or "",
            language=form.language.data,
            has_shortcuts=bool(form.has_shortcuts.data),
        )
        customer_operations.change_profile(actor, chosen, now=now())
        flash(_("Your choices are kept."), "done")
        response = redirect(url_for("accounts.profile"), 303)
        return remember(response, THEME_COOKIE, form.theme.data)
    if form.is_submitted():
        status = REFUSED
    roles = ", ".join(role_word(role) for role in sorted(actor.roles))
    return render_template("accounts/profile.html", form=form, roles=roles), status


@blueprint.route("/account/password", methods=["GET", "POST"])
@requires(Permission.SELF)
def password() -> Page:
    """Change the password; every other session ends."""
    form = ChangePasswordForm()
    status = 200
    if form.validate_on_submit():
        actor = current_actor()
        try:
            token = password_operations.change_password(
                actor,
                form.current.data or "",
                form.password.data or "",
                now=now(),
                user_agent=request.user_agent.string,
            )
            take_session(actor, token)
            flash(_("Your new password holds. You were signed out everywhere else."), "done")
            return redirect(url_for("accounts.password"), 303)
        except (RefusedError, LimitedError) as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    return render_template("accounts/password.html", form=form), status


@blueprint.get("/account/sessions")
@requires(Permission.SELF)
def sessions() -> str:
    """Where the person is signed in."""
    actor = current_actor()
    ends = _timeouts()
    found = queries.sessions_of(actor.user_id or 0, timeouts=ends, now=now())
    rows = [(row, device_words(row.user_agent)) for row in found]
    return render_template(
        "accounts/sessions.html",
        rows=rows,
        idle=format_timedelta(ends.idle, granularity="hour", threshold=2),
        longest=format_timedelta(ends.longest, granularity="day", threshold=2),
    )


@blueprint.post("/account/sessions/<int:session_id>/end")
@requires(Permission.SELF)
def end_session(session_id: int) -> Response:
    """End one of the own sessions."""
    operations.end_session(current_actor(), session_id, now=now())
    flash(_("That session has ended."), "done")
    return redirect(url_for("accounts.sessions"), 303)


@blueprint.post("/account/sessions/end")
@requires(Permission.SELF)
def end_all_sessions() -> Response:
    """End all of the own sessions, this one too."""
    actor = current_actor()
    operations.end_all_sessions(actor, actor.user_id or 0, now=now())
    session.clear()
    flash(_("You are signed out everywhere."), "done")
    return redirect(url_for("accounts.login"), 303)


@blueprint.route("/account/tokens", methods=["GET", "POST"])
@requires(Permission.API_TOKENS_MANAGE)
def tokens() -> Page:
    """The own keys for programs; a new one is shown in the answer to the form, and never again."""
    actor = current_actor()
    form = TokenForm()
    zone = ZoneInfo(actor.zone)
    form.offer(token_operations.offered_scopes(actor), now().astimezone(zone).date())
    status, shown = 200, ""
    if form.validate_on_submit():
        try:
            shown = token_operations.add_token(
                actor,
                form.name.data or "",
                [Permission(scope) for scope in form.scopes.data or []],
                expires_at=_end_of(form.expires_on.data, zone),
                now=now(),
            )
        except RefusedError as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    rows = [TokenLine(token, now()) for token in people_queries.tokens_of(actor)]
    return render_template("accounts/tokens.html", form=form, rows=rows, shown=shown), status


@blueprint.post("/account/tokens/<int:token_id>/revoke")
@requires(Permission.API_TOKENS_MANAGE)
def revoke_token(token_id: int) -> Response:
    """Make one of the own tokens worthless."""
    token_operations.revoke_token(current_actor(), token_id, now=now())
    flash(_("The token does not work any more."), "done")
    return redirect(url_for("accounts.tokens"), 303)


def _end_of(day: date | None, zone: ZoneInfo) -> datetime:
    """Return the end of a day: the next midnight of the reader's zone."""
    if day is None:
        return now()  # refused as an end that has passed
    return day_end(day, zone)


def _timeouts() -> Timeouts:
    config: Config = current_app.extensions["portal.config"]
    return Timeouts(config.session_idle, config.session_longest)

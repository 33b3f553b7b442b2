"""Pages behind a link in a mail: a new password, an invitation. Open to anybody who holds it."""

from dataclasses import dataclass

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ops_portal.accounts import invitation_operations, password_operations, queries
from ops_portal.accounts.blueprint import blueprint
from ops_portal.accounts.forms import (
    ForgotPasswordForm,
    JoinForm,
    NewLoginForm,
    NewPasswordForm,
    OldLoginForm,
)
from ops_portal.accounts.invitation_operations import Answer
from ops_portal.accounts.models import Customer, Invitation
from ops_portal.accounts.people_queries import invitation_by_token
from ops_portal.accounts.views import take_session
from ops_portal.accounts.words import role_word
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import LimitedError, NotFoundError, RefusedError
from ops_portal.core.permissions import Role
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.languages import chosen_language

Page = Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as its page shows it."""

    invitation: Invitation
    customer: Customer
    has_login: bool

    @property
    def role(self) -> str:
        """The role in the reader's words."""
        return role_word(Role(self.invitation.role))

    @property
    def is_mine(self) -> bool:
        """Whether the invited person is the one signed in."""
        return g.actor is not None and g.actor.email == self.invitation.email


@blueprint.route("/forgot-password", methods=["GET", "POST"])
def forgot_password() -> Page:
    """Ask for a link to a new password; the answer is the same for every address."""
    form = ForgotPasswordForm()
    status = 200
    if form.validate_on_submit():
        try:
            with scoped(Scope.system("forgot-password"), db.session):
                password_operations.ask_for_reset(
                    form.email.data or "", now=now(), ip=request.remote_addr or ""
                )
            return redirect(url_for("accounts.forgot_password", sent=1), 303)
        except LimitedError as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    is_sent = request.args.get("sent") == "1"
    return render_template("accounts/forgot_password.html", form=form, is_sent=is_sent), status


@blueprint.route("/reset-password/<token>", methods=["GET", "POST"])
def reset_password(token: str) -> Page:
    """Choose a new password by a link."""
    form = NewPasswordForm()
    status = 200
    try:
        with scoped(Scope.system("reset-password"), db.session):
            password_operations.reset_for(token, now=now())
            if form.validate_on_submit():
                password_operations.reset_password(
                    token, form.password.data or "", now=now(), ip=request.remote_addr or ""
                )
                flash(_("Your new password holds. Sign in with it."), "done")
                return redirect(url_for("accounts.login"), 303)
    except NotFoundError:
        return _ended(_("Ask for a new link"), url_for("accounts.forgot_password"))
    except RefusedError as error:
        status = show_refusal(form, error)
    if form.is_submitted() and status == 200:  # noqa: PLR2004 (nothing was refused yet)
        status = REFUSED
    return render_template("accounts/reset_password.html", form=form, token=token), status


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
def accept_invitation(token: str) -> Page:
    """Accept an invitation: with a new login, the old one, or the one signed in."""
    status = 200
    try:
        with scoped(Scope.system("invitation"), db.session):
            offer = _offer(token)
        form = _form_for(offer)
        if form.validate_on_submit() and (offer.is_mine or g.actor is None):
            with scoped(Scope.system("invitation"), db.session):
                return _accept(token, offer, form)
        status = REFUSED if form.is_submitted() else 200
    except NotFoundError:
        return _ended(_("Sign in"), url_for("accounts.login"))
    except (RefusedError, LimitedError) as error:
        status = show_refusal(form, error)
    return render_template(
        "accounts/accept_invitation.html", form=form, offer=offer, token=token
    ), status


def _offer(token: str) -> Offer:
    invitation, customer = invitation_by_token(token, now=now())
    user = queries.user_by_email(invitation.email)
    return Offer(invitation, customer, has_login=bool(user and user.password_hash))


def _form_for(offer: Offer) -> FlaskForm:
    if offer.is_mine:
        return JoinForm()
    if offer.has_login:
        return OldLoginForm()
    return NewLoginForm(name=offer.invitation.name, language=chosen_language())


def _accept(token: str, offer: Offer, form: FlaskForm) -> Response:
    if offer.is_mine:
        invitation_operations.join(g.actor, token, now=now())
    else:
        answer = Answer(**{k: v for k, v in form.data.items() if k != "csrf_token"})
        actor, session_token = invitation_operations.accept(
            token,
            answer,
            now=now(),
            ip=request.remote_addr or "",
            user_agent=request.user_agent.string,
        )
        take_session(actor, session_token)
    name = offer.customer.name
    flash(_("Welcome. You now act for %(organisation)s.", organisation=name), "done")
    return redirect(url_for("home.index"), 303)


def _ended(label: str, url: str) -> Page:
    return render_template("accounts/link_ended.html", label=label, url=url), 404

"""The guard: who is asking, may they, and for which tenants; one commit at the end.

Every route names a permission (`@requires`) or stands in PUBLIC. A route that does neither answers
500 in every environment, and a test walks the map so that it never gets that far.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.core import idempotency, tenancy
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import (
    N_,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PortalError,
    RefusedError,
)
from ops_portal.core.permissions import Permission
from ops_portal.web import api
from ops_portal.web.api import is_api
from ops_portal.web.components import Need, Use
from ops_portal.web.public import ASSETS, PUBLIC

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
STAFF_AREAS = ("desk:", "provider:")
ONCE_FIELD = "_once"
CREATED_OR_FOUND = range(200, 400)
LARGEST_ID = 2**63 - 1
"""What a column of ids can hold."""

View = TypeVar("View", bound=Callable[..., Any])


class SignedIn(UserMixin):
    """What Flask-Login carries: the actor, known by the session token and not by the user id."""

    def __init__(self, actor: Actor, token: str) -> None:
        """Keep the actor and the token."""
        self.actor = actor
        self.token = token

    def get_id(self) -> str:
        """Return the session token: ending the session row ends the login."""
        return self.token


@dataclass(frozen=True, slots=True)
class Edge:
    """What the guard needs from the feature that knows people; given at assembly."""

    load_session: Callable[[str], Actor | None]
    load_token: Callable[[str], Actor | None]
    open_staff_scope: Callable[[Actor], None]
    check_component: Callable[[Actor, Need], None]
    note_use: Callable[[Actor], None]
    """Called at the end of each request that answered, in its transaction (CON-3)."""


def requires(
    *permissions: Permission, component: str = "", use: Use = Use.NOW
) -> Callable[[View], View]:
    """Name the permission a route needs, one of several where both sides use it; its component."""

    def mark(view: View) -> View:
        view.permissions = permissions  # type: ignore[attr-defined]
        view.need = Need(component, use) if component else None  # type: ignore[attr-defined]
        return view

    return mark


def current_actor() -> Actor:
    """Return who is asking.

    Raises:
        ForbiddenError: nobody is signed in.

    """
    actor: Actor | None = g.get("actor")
    if actor is None:
        message = "sign in first"
        raise ForbiddenError(message)
    return actor


def install(app: Flask, edge: Edge) -> None:
    """Attach the guard to the application."""
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.user_loader
    def _load(token: str) -> SignedIn | None:
        try:
            with tenancy.scoped(tenancy.Scope.system("sign-in"), db.session):
                actor = edge.load_session(token)
        except (OperationalError, PoolTimeoutError) as error:
            g.away = error  # asked again while the error page is made, it would only fail again
            return None
        return SignedIn(actor, token) if actor else None

    app.extensions["portal.edge"] = edge
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_leave)


def _begin() -> BaseResponse | None:
    g.request_id = secrets.token_hex(8)
    g.started_at = now()
    if request.endpoint is None or request.endpoint in PUBLIC:
        g.actor = None if is_api() or request.endpoint in ASSETS else _session_actor()
        _check_address()
        return None
    actor = _token_actor() if is_api() else _session_actor()
    if "away" in g:
        raise g.away
    if actor is None:
        return ask_to_sign_in()
    g.actor = actor
    _open_scope(actor, _held_permission(actor, request.endpoint))
    _check_address()
    _check_component(actor, request.endpoint)
    if is_api():
        return api.begin(actor)
    return None if request.method in SAFE_METHODS else _claim_once(actor)


def _check_address() -> None:
    """Refuse an address that can name nothing: no column holds its text or its number."""
    for value in (request.view_args or {}).values():
        is_text_odd = isinstance(value, str) and "\x00" in value
        is_number_odd = isinstance(value, int) and value > LARGEST_ID
        if is_text_odd or is_number_odd:
            raise NotFoundError


def _check_component(actor: Actor, endpoint: str) -> None:
    """Refuse what no contract of the customer includes (CAT-3); the provider needs none."""
    need: Need | None = getattr(current_app.view_functions[endpoint], "need", None)
    if need and not actor.is_staff:
        current_app.extensions["portal.edge"].check_component(actor, need)


def permissions_of_route(endpoint: str) -> tuple[Permission, ...]:
    """Return the permissions a route names, any of which opens it; empty when it names none."""
    return getattr(current_app.view_functions[endpoint], "permissions", ())


def _held_permission(actor: Actor, endpoint: str) -> Permission:
    named = permissions_of_route(endpoint)
    if not named:
        message = f"route {endpoint} names no permission"
        raise RuntimeError(message)
    held = next((p for p in named if actor.can(p)), None)
    if held is None:
        actor.require(named[0])
    return held or named[0]


def _session_actor() -> Actor | None:
    return current_user.actor if current_user.is_authenticated else None


def _token_actor() -> Actor | None:
    edge: Edge = current_app.extensions["portal.edge"]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    with tenancy.scoped(tenancy.Scope.system("sign-in"), db.session):
        return edge.load_token(token.strip())


def ask_to_sign_in() -> BaseResponse:
    """Lead to the sign-in and back; what was typed is kept by the browser."""
    if is_api():
        raise SignInNeededError
    # what was typed waits in forms.js; the page it was typed on is gone back to
    is_read = request.method in SAFE_METHODS
    target = request.full_path.rstrip("?") if is_read else _page_before()
    response = redirect(url_for("accounts.login", next=target, kept=None if is_read else 1), 303)
    if request.headers.get("HX-Request"):
        response = Response(status=401, headers={"HX-Redirect": response.location})
    return response


def _page_before() -> str | None:
    """Return the page of ours that a form was sent from."""
    before = urlsplit(request.referrer or "")
    if before.netloc != request.host:
        return None
    return f"{before.path}?{before.query}".rstrip("?")


class SignInNeededError(PortalError):
    """No valid token came with an API request."""

    status = 401
    code = "unauthorized"


def _open_scope(actor: Actor, permission: Permission) -> None:
    if actor.is_staff and permission.startswith(STAFF_AREAS):
        scope = tenancy.Scope.staff(actor)
        tenancy.enter_scope(scope, db.session)
        edge: Edge = current_app.extensions["portal.edge"]
        edge.open_staff_scope(actor)
    else:
        tenancy.enter_scope(tenancy.Scope.customers(actor.customer_id, actor=actor), db.session)


def _claim_once(actor: Actor) -> BaseResponse | None:
    key = request.form.get(ONCE_FIELD, "")
    if not key:
        message = N_("The form was incomplete: go back, reload the page and send it again.")
        raise RefusedError(message)
    _refuse_other_organisation(actor, key)
    owner = f"user:{actor.user_id}"
    earlier = idempotency.claim(
        owner, key, user_id=actor.user_id, fingerprint=request.path, now=now()
    )
    if earlier is None:
        g.once = (owner, key)
        return None
    if earlier.fingerprint != request.path or "location" not in earlier.answer:
        message = N_("This form was used already: reload the page and send it again.")
        raise ConflictError(message)
    return redirect(earlier.answer["location"], 303)


def _refuse_other_organisation(actor: Actor, key: str) -> None:
    """Refuse a page left open in one tab while its reader went over to another organisation."""
    organisation, _, made = key.partition(".")
    is_personal = Permission.SELF in permissions_of_route(request.endpoint or "")
    if made and organisation != str(actor.customer_id) and not is_personal:
        message = N_("This page was opened for another organisation than the one you act for now.")
        raise ConflictError(message)


def _finish(response: Response) -> Response:
    if response.status_code not in CREATED_OR_FOUND:
        db.session.rollback()
        return response
    api.finish(response)
    _note_use()
    if "once" in g and response.location:
        owner, key = g.once
        idempotency.remember(
            owner, key, status=response.status_code, answer={"location": response.location}
        )
    db.session.commit()
    return response


def _note_use() -> None:
    """Note a visit or a call; a page that asks by itself whether there is news is none (CON-3)."""
    actor = g.get("actor")
    if actor is None or request.endpoint in PUBLIC or "X-Poll" in request.headers:
        return
    edge: Edge = current_app.extensions["portal.edge"]
    edge.note_use(actor)


def _leave(_error: BaseException | None) -> None:
    db.session.rollback()
    tenancy.leave_scope(db.session)

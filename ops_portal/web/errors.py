"""One mapping from errors to answers: problem details for programs, a helpful page for people."""

import secrets
from http import HTTPStatus

import structlog
from apiflask.exceptions import HTTPError as SchemaError
from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import (
    N_,
    ForbiddenError,
    LimitedError,
    NotFoundError,
    NotIncludedError,
    PortalError,
    RefusedError,
    StaleError,
)
from ops_portal.core.refusals import note_refusal
from ops_portal.web.api import VersionPassedError, is_api
from ops_portal.web.forms import translated
from ops_portal.web.guard import ONCE_FIELD, SAFE_METHODS, ask_to_sign_in
from ops_portal.web.public import PUBLIC

log = structlog.get_logger()

TITLES = {
    400: _l("The request could not be read"),
    401: _l("Sign in first"),
    403: _l("You may not do this"),
    404: _l("There is nothing here"),
    405: _l("That does not work here"),
    409: _l("Somebody was faster"),
    413: _l("Too much was sent at once"),
    415: _l("This kind of file does not work here"),
    422: _l("That could not be saved"),
    428: _l("The version is missing"),
    412: _l("Somebody was faster"),
    429: _l("Too many attempts"),
    500: _l("Something went wrong on our side"),
    503: _l("The portal is busy"),
}
ADVICE = {
    400: _l("Nothing was saved. Go back, reload the page and try again."),
    401: _l("Your session has ended. Sign in again; what you typed was not sent."),
    403: _l("Your role does not include this. Ask an administrator of your organisation."),
    404: _l("The address may be mistyped, or the thing is not visible to you."),
    405: _l("Use the buttons of the page."),
    409: _l("Nothing was saved. Reload the page to see what changed, then try again."),
    413: _l(
        "Nothing was saved. Go back and shorten the text, or send a smaller file: a form takes 1 MB"
        " of text and files of 64 MB."
    ),
    422: _l("Nothing was saved. Go back and correct what is marked."),
    429: _l("Wait a moment, then try again."),
    500: _l("Nothing was saved. Try again; if it stays, give the Service Desk the number below."),
    503: _l("Nothing was saved. Try again in a moment."),
}
API_ADVICE = {
    400: "the body is no JSON that can be read: send one JSON object in UTF-8",
    401: "send a valid token: Authorization: Bearer <token>",
    404: "nothing that this token may see has this address",
    405: "this address does not answer to this method: the Allow header names those it does",
    413: "the body is too large: send less at once",
    415: "send the body as application/json",
}
"""What a program is told when nothing more exact is known; the same for absent and foreign."""
UNTYPED = frozenset({"csrf_token", ONCE_FIELD, "password", "old", "new"})
"""Fields of forms that nobody typed, or that no page may show."""
LONGEST_PATH = 200
UNREADABLE = N_("Something that was sent is too large a number or holds signs that are no text.")
PAGE_TOO_OLD = N_("The page was open for too long, or was opened in another session.")


def install(app: Flask) -> None:
    """Register one handler for each branch of the error tree."""
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(SchemaError, _schema_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DataError, _data_error)
    app.register_error_handler(PoolTimeoutError, _busy)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(RecursionError, _too_deep)
    app.register_error_handler(Exception, _unexpected)


def problem(
    status: int, detail: str = "", *, code: str = "", error_id: str = "", **more: object
) -> Response:
    """Return an answer in problem details (RFC 9457)."""
    body = {
        "type": f"urn:assist-care:error:{code or status}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if error_id:
        body["instance"] = f"urn:assist-care:incident:{error_id}"
    body.update({k: v for k, v in more.items() if v})
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def _answer(status: int, detail: str = "", **more: object) -> Response:
    db.session.rollback()
    if is_api():
        detail = detail or API_ADVICE.get(status, "")
        return problem(status, detail, **more)  # type: ignore[arg-type]
    page = render_template(
        "errors/not_included.html" if "component" in more else "errors/error.html",
        status=status,
        title=TITLES.get(status, TITLES[500]),
        detail=detail,
        advice=more.get("advice") or ADVICE.get(status, ADVICE[500]),
        error_id=more.get("error_id", ""),
        rule=more.get("rule", ""),
        typed=_typed() if "component" in more else (),
    )
    return Response(page, status)


def _typed() -> list[str]:
    """Return what was typed into a form, so that nobody types it twice."""
    kept = (value for name, value in request.form.items() if name not in UNTYPED)
    return [value for value in kept if len(value.strip()) > len("incident")]


def _advice(error: NotIncludedError) -> str:
    return error.advice if is_api() else translated(error.advice, error)


def _portal_error(error: PortalError) -> Response:
    if isinstance(error, StaleError) and is_api():
        error = VersionPassedError(
            f"If-Match names version {error.based_on}, but version {error.current} is the newest:"
            " read it again, then send its ETag"
        )
    if isinstance(error, ForbiddenError):
        _note_denial()
    more: dict[str, object] = {"code": error.code, "errors": error.fields}
    rule = getattr(error, "rule", "")
    if rule:
        more["rule"] = rule
    if isinstance(error, NotIncludedError):
        more |= {"component": error.component, "advice": _advice(error)}
    response = _answer(error.status, _sentence(error), **more)
    if isinstance(error, LimitedError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _note_denial() -> None:
    """Audit that somebody who is signed in was turned away. Source: CFG-2."""
    actor = g.get("actor")
    if actor is not None:
        thing = ("route", request.endpoint or "")
        address = request.path.replace("\x00", "")[:LONGEST_PATH]
        tried = {"method": request.method, "address": address}
        note_refusal(actor, "access.refuse", thing, now=now(), after=tried)


def _schema_error(error: SchemaError) -> Response:
    """Say which fields of an API request do not fit, by their path."""
    found = dict(error.detail) if isinstance(error.detail, dict) else {}
    fields = {
        path: "; ".join(texts) for place in found.values() for path, texts in dict(place).items()
    }
    detail = "some fields do not fit: see errors" if fields else str(error.message)
    return _answer(error.status_code, detail, code="invalid", errors=fields)


def _sentence(error: PortalError) -> str:
    if isinstance(error, NotFoundError):
        return ""  # another tenant's thing and no thing at all have the same body
    if isinstance(error, ForbiddenError) and not is_api():
        return ""  # the name of a permission helps programs; people read the advice
    return error.message if is_api() else translated(error.msgid, error)


def _data_error(error: DataError) -> Response:
    """Say that what was asked cannot exist: PostgreSQL holds no NUL, and no number so large."""
    log.warning("unreadable", request_id=g.get("request_id", ""), exc_info=error)
    is_read = request.method in SAFE_METHODS
    return _portal_error(NotFoundError() if is_read else RefusedError(UNREADABLE))


def _csrf_error(error: CSRFError) -> BaseResponse:
    is_lost = not current_user.is_authenticated and request.endpoint not in PUBLIC
    if is_lost and not is_api():
        return ask_to_sign_in()  # the token went with the session
    return _answer(400, str(error.description or "") if is_api() else gettext(PAGE_TOO_OLD))


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    response = _answer(status, "" if status in ADVICE else str(error.description or ""))
    for name, value in error.get_headers():
        if name.lower() in {"allow", "location", "retry-after"}:
            response.headers[name] = value
    return response


def _busy(error: DBAPIError | PoolTimeoutError) -> Response:
    error_id = _log(error)
    response = _answer(503, error_id=error_id)
    response.headers["Retry-After"] = "2"
    return response


def _too_deep(_error: RecursionError) -> Response:
    return _answer(400, "the request is nested too deeply" if is_api() else "")


def _unexpected(error: Exception) -> Response:
    return _answer(500, error_id=_log(error))


def _log(error: Exception) -> str:
    error_id = secrets.token_hex(4)
    log.error("error", error_id=error_id, request_id=g.get("request_id", ""), exc_info=error)
    return error_id

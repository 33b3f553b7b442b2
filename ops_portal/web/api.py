"""What every route of the API shares: rate limit, idempotency keys, entity tags, pages.

A POST names an `Idempotency-Key`; the answer is kept with the work, so that a repeated request gets
the same answer and does nothing twice. A change of a row that others change too names the version
it was based on (`If-Match`).
"""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask import Response, g, jsonify, request, url_for

from ops_portal.core import idempotency
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.errors import PortalError, RefusedError
from ops_portal.core.limits import count_attempt

REQUESTS_PER_MINUTE = 300
MINUTE = timedelta(minutes=1)
KEY_HEADER = "Idempotency-Key"
MAX_KEY = 200
KEPT_HEADERS = ("ETag", "Location")
OK = range(200, 300)


class VersionMissingError(PortalError):
    """A change came without saying which version it was based on."""

    status = 428
    code = "precondition_required"


class VersionPassedError(PortalError):
    """A change was based on a version that is not the newest."""

    status = 412
    code = "precondition_failed"


class KeyMissingError(PortalError):
    """A POST came without an idempotency key."""

    status = 400
    code = "idempotency_key_missing"


def is_api() -> bool:
    """Whether the request is for the API."""
    return request.path.startswith("/api/")


def begin(actor: Actor) -> Response | None:
    """Count the request, and return the answer given before when it is a repetition.

    Raises:
        LimitedError: more than `REQUESTS_PER_MINUTE` with this token.
        KeyMissingError: a POST without a key.
        RefusedError: the key was used for another request.

    """
    left = count_attempt(f"api:{actor.token_id}", limit=REQUESTS_PER_MINUTE, per=MINUTE, now=now())
    g.rate_left = left
    return _claim(actor) if request.method == "POST" else None


def finish(response: Response) -> None:
    """Keep the answer of a POST with its key, and say how many requests are left."""
    if "rate_left" in g:
        response.headers["RateLimit"] = f'"minute";r={g.rate_left}'
        response.headers["RateLimit-Policy"] = f'"minute";q={REQUESTS_PER_MINUTE};w=60'
    claimed = g.get("api_once")
    if claimed is not None and response.status_code in OK:
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        answer = {"body": response.get_json(), "headers": kept}
        idempotency.remember(*claimed, status=response.status_code, answer=answer)


def _claim(actor: Actor) -> Response | None:
    key = request.headers.get(KEY_HEADER, "")
    if not key or len(key) > MAX_KEY:
        message = (
            f"send an {KEY_HEADER} header of at most {MAX_KEY} characters, new for each request"
        )
        raise KeyMissingError(message)
    owner = f"token:{actor.token_id}"
    content = f"{request.method} {request.full_path}\n".encode() + request.get_data()
    fingerprint = sha256(content).hexdigest()
    earlier = idempotency.claim(
        owner, key, user_id=actor.user_id, fingerprint=fingerprint, now=now()
    )
    if earlier is None:
        g.api_once = (owner, key)
        return None
    if earlier.fingerprint != fingerprint or earlier.status is None:
        message = f"this {KEY_HEADER} was used for another request: send a new one"
        raise RefusedError(message)
    response = jsonify(earlier.answer["body"])
    response.status_code = earlier.status
    response.headers.update(earlier.answer["headers"])
    response.headers["Idempotency-Replayed"] = "true"
    return response


def tagged(body: Mapping[str, Any], version: int, status: int = 200) -> Response:
    """Return a body with its entity tag; empty (304) when the reader has that version."""
    response = jsonify(body)
    response.status_code = status
    response.set_etag(str(version))
    if request.method == "GET":
        response.make_conditional(request)
    return response


def required_version() -> int:
    """Return the version named by `If-Match`.

    Raises:
        VersionMissingError: there is none.
        VersionPassedError: it is no version of ours.

    """
    tags = request.if_match
    if not tags:
        message = 'read it first and send its ETag as If-Match, e.g. If-Match: "7"'
        raise VersionMissingError(message)
    for tag in tags:
        if str(tag).isdecimal():
            return int(tag)
    message = "no such version"
    raise VersionPassedError(message)


def page_body(items: list[Any], after: str | None, limit: int) -> dict[str, Any]:
    """Return one page of a list with the address of the next."""
    more = None
    if after:
        arguments = {**request.args.to_dict(), "after": after, "limit": limit}
        more = url_for(request.endpoint or "", **{**(request.view_args or {}), **arguments})
    return {"items": items, "next": more}

"""The description of the API, made from its code."""

from collections.abc import Callable
from typing import Any, cast

from apiflask import APIFlask
from flask import Blueprint, Response, current_app, jsonify

from ops_portal.web.api import KEY_HEADER, MAX_KEY

blueprint = Blueprint("api", __name__)

Processor = Callable[[dict[Any, Any] | str], dict[Any, Any] | str]
SECURITY = {"token": {"type": "http", "scheme": "bearer"}}
INTRODUCTION = f"""
One address for every ticket and every order, the same rules as the pages.

Tokens are made under *My account*, with scopes and an end. Send `Authorization: Bearer …`.
Every POST carries an `{KEY_HEADER}`; repeated with the same content it answers the same and does
nothing twice. A change of a ticket or an order carries `If-Match` with the version it was based on.
Errors are problem details (RFC 9457). Instants carry an offset; answers are in UTC or in the
contract's zone.
""".strip()
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong, as problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "rule": {"type": "string", "description": "The rule of the contract that refuses."},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
REASONS = {
    "400": "The request could not be read",
    "401": "There is no valid token",
    "403": "The token's scopes do not include this",
    "404": "There is no such thing for this token",
    "409": "The state of the thing stands against it",
    "412": "Another version is the newest",
    "422": "A rule or a field stands against it",
    "428": "The version the change is based on is missing",
    "429": "Too many requests; see Retry-After",
}
TAGGED = frozenset({"/api/v1/tickets/{reference}", "/api/v1/orders/{order_reference}"})
ONLY_CHANGES = frozenset({"409", "412", "428"})
KEY = {
    "name": KEY_HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
    "description": "New for each request; the same again repeats the answer.",
}
VERSION = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
    "description": "The ETag of what the change was based on.",
}
HEADERS: dict[str, list[dict[str, Any]]] = {
    "get": [],
    "post": [KEY, VERSION],
    "patch": [VERSION],
}
"""What a request carries, by its method."""


def describe(app: APIFlask) -> None:
    """Give the document its introduction, the way to sign in, and what every route shares."""
    app.description = INTRODUCTION
    app.security_schemes = SECURITY
    app.spec_processor(cast("Processor", _complete))


@blueprint.get("/api/v1/openapi.json")
def openapi() -> Response:
    """Return the OpenAPI 3.1 document."""
    app = cast("APIFlask", current_app)
    return jsonify(app.spec)


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    document["components"]["schemas"]["Problem"] = PROBLEM
    for path, operations in document["paths"].items():
        for verb in operations.keys() & HEADERS.keys():
            _add_shared(operations[verb], HEADERS[verb])
        if path in TAGGED:
            operations["get"]["responses"]["304"] = {"description": "The reader has this version"}
    return document


def _add_shared(operation: dict[str, Any], headers: list[dict[str, Any]]) -> None:
    operation["security"] = [{"token": []}]
    for status, reason in REASONS.items():
        if headers or status not in ONLY_CHANGES:
            operation["responses"][status] = {
                "description": reason,
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
    if headers:
        operation.setdefault("parameters", []).extend(headers)

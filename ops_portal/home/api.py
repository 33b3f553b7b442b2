"""The description of the API, made from its code."""

from typing import cast

from apiflask import APIFlask
from flask import Blueprint, Response, current_app, jsonify

blueprint = Blueprint("api", __name__)

SECURITY = {"token": {"type": "http", "scheme": "bearer"}}
INTRODUCTION = """
One address for every ticket, the same rules as the pages.

Tokens are made under *My account*, with scopes and an end. Send `Authorization: Bearer …`.
Every POST carries an `Idempotency-Key`; repeated with the same content it answers the same and does
nothing twice. A change of a ticket carries `If-Match` with the version it was based on. Errors are
problem details (RFC 9457). Instants carry an offset; answers are in UTC or in the contract's zone.
""".strip()


def describe(app: APIFlask) -> None:
    """Give the document its introduction and the way to sign in."""
    app.description = INTRODUCTION
    app.security_schemes = SECURITY


@blueprint.get("/api/v1/openapi.json")
def openapi() -> Response:
    """Return the OpenAPI 3.1 document."""
    app = cast("APIFlask", current_app)
    return jsonify(app.spec)

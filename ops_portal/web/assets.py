"""Files of others, served from their own packages: no copy of them lies in the repository."""

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.web.icons import sprite

WEEK_S = 7 * 24 * 3600


def blueprint() -> Blueprint:
    """Return the routes of htmx and of the icons."""
    assets = Blueprint("assets", "ops_portal.assets")
    spec = find_spec("js_lib_htmx")
    folder = Path(spec.origin).parent / "static" if spec and spec.origin else Path()

    @assets.get("/lib/htmx.min.js")
    def htmx() -> BaseResponse:
        found = next(folder.rglob("htmx.min.js"))
        return send_from_directory(found.parent, found.name, mimetype="text/javascript")

    @assets.get("/lib/icons.svg")
    def icons() -> Response:
        response = Response(sprite(), mimetype="image/svg+xml")
        response.cache_control.public = True
        response.cache_control.max_age = WEEK_S
        return response

    return assets

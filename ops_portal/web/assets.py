"""Files of others, served from their own packages: no copy of them lies in the repository."""

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.core.config import Config
from ops_portal.core.errors import NotFoundError
from ops_portal.web.brand import brand_css, checked_logo
from ops_portal.web.icons import sprite

WEEK_S = 7 * 24 * 3600


def blueprint(config: Config) -> Blueprint:
    """Return the routes of htmx, of the icons and of the brand.

    Raises:
        ConfigError: the brand's colour or mark cannot be used.

    """
    assets = Blueprint("assets", "ops_portal.assets")
    spec = find_spec("js_lib_htmx")
    folder = Path(spec.origin).parent / "static" if spec and spec.origin else Path()

    @assets.get("/lib/htmx.min.js")
    def htmx() -> BaseResponse:
        found = next(folder.rglob("htmx.min.js"))
        return send_from_directory(found.parent, found.name, mimetype="text/javascript")

    @assets.get("/lib/icons.svg")
    def icons() -> Response:
        return _kept(sprite(), "image/svg+xml")

    colours, mark = brand_css(config.accent), checked_logo(config.logo)

    @assets.get("/lib/brand.css")
    def brand() -> Response:
        return _kept(colours, "text/css")

    @assets.get("/lib/logo")
    def logo() -> BaseResponse:
        if mark is None:
            raise NotFoundError
        return send_from_directory(mark.parent, mark.name)

    return assets


def _kept(text: str, mimetype: str) -> Response:
    response = Response(text, mimetype=mimetype)
    response.cache_control.public = True
    response.cache_control.max_age = WEEK_S
    return response

"""What every template can use besides the filters: addresses of assets, icons, htmx's settings."""

import hashlib
import json
from functools import cache
from pathlib import Path

from flask import Flask, current_app, url_for

from ops_portal.web.forms import missing_words
from ops_portal.web.icons import sprite

STATIC = Path(__file__).resolve().parents[1] / "static"

HTMX = {
    # the policy forbids inline styles and eval
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    # pages hold personal data: none of them may lie in the browser's local storage
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    # a part of a page replaces itself
    "defaultSwapStyle": "outerHTML",
    # a refused form comes back as 422 with its errors: shown like any other answer
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "422", "swap": True},
        {"code": "...", "swap": False, "error": True},
    ],
}


def install(app: Flask) -> None:
    """Give the templates their globals."""
    app.jinja_env.filters["missing_words"] = missing_words
    app.jinja_env.globals.update(
        asset_url=asset_url,
        has_page=has_page,
        htmx_config=json.dumps(HTMX),
        icon_sprite=icon_sprite,
    )


def asset_url(name: str) -> str:
    """Return the address of a file of ours; it changes with its content, so caches may keep it."""
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def icon_sprite() -> str:
    """Return the address of the icons; like that of a file of ours."""
    return url_for("assets.icons", v=hashlib.sha256(sprite().encode()).hexdigest()[:10])


def has_page(endpoint: str) -> bool:
    """Whether a page exists in this installation."""
    return endpoint in current_app.view_functions


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]

"""Routes that are open to anybody, each with its reason; the crawler finds every other guarded."""

from collections.abc import Mapping

PUBLIC: Mapping[str, str] = {
    "static": "style, scripts and pictures; no data",
    "bootstrap.static": "the style sheet from its package",
    "assets.htmx": "the script from its package",
    "assets.icons": "the icons from their package",
    "assets.brand": "the operator's colour",
    "assets.logo": "the operator's mark",
    "home.index": "leads to the sign-in, or to the reader's first page",
    "home.healthz": "a machine asks whether the process answers",
    "home.readyz": "a machine asks whether the database answers",
    "home.metrics": "numbers of jobs for the monitoring; the proxy keeps it inside",
    "home.status": "maintenance notices are published for anybody (MNT-2)",
    "accounts.login": "where people sign in",
    "accounts.forgot_password": "for people who cannot sign in",  # nosec B105 (a reason)
    "accounts.reset_password": "opened by the token in its address",  # nosec B105 (a reason)
    "accounts.accept_invitation": "opened by the token in its address",
    "accounts.choose_language": "sets a cookie",
    "accounts.choose_theme": "sets a cookie",
    "api.openapi": "the description of the API; no data",
}
"""Endpoints open to anybody, each with its reason; the crawler finds every other one guarded."""

ASSETS = frozenset(
    {"static", "bootstrap.static", "assets.htmx", "assets.icons", "assets.brand", "assets.logo"}
)
"""Files that need no database, and stay when it is away."""

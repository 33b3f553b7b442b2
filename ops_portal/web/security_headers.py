"""Headers of every answer: a strict policy, no sniffing, no caching of what is personal."""

from flask import Flask, Response, g, request

DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
POLICY = "; ".join(DIRECTIVES)
ASSETS = frozenset(
    {
        "static",
        "bootstrap.static",
        "assets.htmx",
        "assets.icons",
        "assets.brand",
        "assets.logo",
    },
)


HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
OVER_TLS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


def headers_of(*, is_https: bool) -> dict[str, str]:
    """Return the headers of every answer, also of those that never reach the application."""
    return HEADERS | OVER_TLS if is_https else HEADERS


def install(app: Flask, *, is_https: bool) -> None:
    """Attach the headers to every response, errors included."""
    always = headers_of(is_https=is_https)

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.update(always)
        if request.endpoint not in ASSETS:
            headers["Cache-Control"] = "no-store"
            response.vary.update(("Cookie", "HX-Request"))
            if "request_id" in g:
                headers["X-Request-Id"] = g.request_id
        return response

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


def install(app: Flask, *, is_https: bool) -> None:
    """Attach the headers to every response, errors included."""

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if is_https:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if request.endpoint not in ASSETS:
            headers["Cache-Control"] = "no-store"
            response.vary.update(("Cookie", "HX-Request"))
            if "request_id" in g:
                headers["X-Request-Id"] = g.request_id
        return response

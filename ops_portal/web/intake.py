"""What is refused before anybody asks who sent it: a foreign host name, a form that is too large.

The host name of a request comes from its sender. Only the one people reach the portal by is
answered, and this machine's own, so that no page, cache or redirect is made for another name and
no page of a stranger reads ours under a name of his own. Probes ask machines by their address.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, g, request

from ops_portal.core.errors import N_, PortalError

PROBES = frozenset({"home.healthz", "home.readyz", "home.metrics"})
FORM = "application/x-www-form-urlencoded"


class HostRefusedError(PortalError):
    """The request names a host that is not the portal's."""

    status = 400
    code = "unknown_host"


def install(app: Flask, base_url: str) -> None:
    """Refuse both before any other part looks at the request."""
    own = _name_of(urlsplit(base_url).netloc)

    @app.before_request
    def _refuse() -> None:
        if request.mimetype == FORM:  # read as a whole, so nothing else limits it
            request.max_content_length = app.config["MAX_FORM_MEMORY_SIZE"]
        name = _name_of(request.host)
        if name != own and not _is_loopback(name) and request.endpoint not in PROBES:
            g.actor = None
            message = N_("The portal is not reached by this name. Its address is {address}.")
            raise HostRefusedError(message, params={"address": base_url})


def _name_of(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False

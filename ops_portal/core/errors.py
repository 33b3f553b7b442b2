"""The error tree of the portal.

PortalError
├── NotFoundError        404  the thing does not exist, or not for this reader
├── ForbiddenError       403  the reader may not do this
├── ConflictError        409  somebody else was first
│   └── StaleError       409  the page was older than the ticket
├── RefusedError         422  a rule of the contract or of the input says no
└── LimitedError         429  too many attempts
"""

from collections.abc import Mapping


class PortalError(Exception):
    """Base of all errors that carry a sentence for the reader."""

    status = 500
    code = "error"

    def __init__(self, message: str = "", *, fields: Mapping[str, str] | None = None) -> None:
        """Keep the sentence and, for forms, one sentence per field name."""
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})


class NotFoundError(PortalError):
    """The thing does not exist, or belongs to somebody else: the answer is the same."""

    status = 404
    code = "not_found"


class ForbiddenError(PortalError):
    """The actor lacks the permission."""

    status = 403
    code = "forbidden"


class ConflictError(PortalError):
    """The change collides with another one."""

    status = 409
    code = "conflict"


class StaleError(ConflictError):
    """The change was based on an older version of the row."""

    code = "stale"

    def __init__(self, message: str, *, based_on: int, current: int) -> None:
        """Keep both versions so that the page can show what happened between them."""
        super().__init__(message)
        self.based_on = based_on
        self.current = current


class RefusedError(PortalError):
    """Input or a contract rule stands against it; the message says what to do."""

    status = 422
    code = "refused"

    def __init__(
        self, message: str, *, rule: str = "", fields: Mapping[str, str] | None = None
    ) -> None:
        """Keep the sentence and the id of the rule that refuses."""
        super().__init__(message, fields=fields)
        self.rule = rule


class LimitedError(PortalError):
    """Too many attempts."""

    status = 429
    code = "limited"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        """Keep the seconds to wait."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ScopeMissingError(RuntimeError):
    """Tenant data were touched outside a scope: a fault of ours, never shown as data."""

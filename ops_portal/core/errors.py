"""The error tree of the portal.

PortalError
├── NotFoundError        404  the thing does not exist, or not for this reader
├── ForbiddenError       403  the reader may not do this
├── NotIncludedError     403  no contract of the reader includes it
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

    def __init__(
        self,
        message: str = "",
        *,
        fields: Mapping[str, str] | None = None,
        params: Mapping[str, object] | None = None,
    ) -> None:
        """Keep the sentence, one sentence per field of a form, and what fills their `{places}`.

        The sentences are msgids: the edge translates them before it fills the places, so a message
        with a variable is `RefusedError("{reference} is closed.", params={"reference": …})`.
        """
        self.msgid = message
        self.params = dict(params or {})
        self.fields = dict(fields or {})
        self.message = filled(message, self.params)
        super().__init__(self.message)


def N_(sentence: str) -> str:  # noqa: N802 (the name gettext tools look for)
    """Mark a sentence for the catalogues without translating it here."""
    return sentence


def filled(sentence: str, params: Mapping[str, object]) -> str:
    """Return the sentence with its `{places}` filled; as it is when there is nothing to fill."""
    return sentence.format(**params) if params else sentence


class NotFoundError(PortalError):
    """The thing does not exist, or belongs to somebody else: the answer is the same."""

    status = 404
    code = "not_found"


class ForbiddenError(PortalError):
    """The actor lacks the permission."""

    status = 403
    code = "forbidden"


class NotIncludedError(PortalError):
    """No contract of the reader's organisation includes it now; the message names it (CAT-3)."""

    status = 403
    code = "not_included"

    def __init__(
        self, message: str, *, advice: str, rule: str, component: str, params: Mapping[str, object]
    ) -> None:
        """Keep the sentence, how to come by it, the id of the rule, the key of the component."""
        super().__init__(message, params=params)
        self.advice = advice
        self.rule = rule
        self.component = component


class ConflictError(PortalError):
    """The change collides with another one."""

    status = 409
    code = "conflict"


class StaleError(ConflictError):
    """The change was based on an older version of the row."""

    code = "stale"

    def __init__(
        self,
        message: str,
        *,
        based_on: int,
        current: int,
        params: Mapping[str, object] | None = None,
    ) -> None:
        """Keep both versions so that the page can show what happened between them."""
        super().__init__(message, params=params)
        self.based_on = based_on
        self.current = current


class RefusedError(PortalError):
    """Input or a contract rule stands against it; the message says what to do."""

    status = 422
    code = "refused"

    def __init__(
        self,
        message: str,
        *,
        rule: str = "",
        fields: Mapping[str, str] | None = None,
        params: Mapping[str, object] | None = None,
    ) -> None:
        """Keep the sentence and the id of the rule that refuses."""
        super().__init__(message, fields=fields, params=params)
        self.rule = rule


class LimitedError(PortalError):
    """Too many attempts."""

    status = 429
    code = "limited"

    def __init__(
        self, message: str, *, retry_after_s: int, params: Mapping[str, object] | None = None
    ) -> None:
        """Keep the seconds to wait."""
        super().__init__(message, params=params)
        self.retry_after_s = retry_after_s


class ScopeMissingError(RuntimeError):
    """Tenant data were touched outside a scope: a fault of ours, never shown as data."""

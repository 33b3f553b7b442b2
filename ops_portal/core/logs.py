"""Structured logs: JSON lines, no personal data, one id per request."""

import logging
import sys

import structlog

HIDDEN = frozenset({"password", "email", "token", "authorization", "cookie", "text", "body", "name"})


def configure_logs() -> None:
    """Write JSON lines to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide,
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _hide(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for key in HIDDEN & event.keys():
        event[key] = "…"
    return event

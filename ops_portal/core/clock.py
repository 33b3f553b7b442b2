"""The one place that reads the wall clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant: aware, UTC, whole seconds (fractions are cut off)."""
    return datetime.now(UTC).replace(microsecond=0)

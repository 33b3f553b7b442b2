"""Histories told without a database: facts at Brussels times, and what is read from them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask import Flask

from ops_portal.tickets.clocks import Context, Reading, read
from ops_portal.tickets.models import FactKind
from ops_portal.tickets.recording import Draft
from ops_portal.web import languages
from sla.holidays import public_holidays
from sla.interval import Interval
from sla.policy import DEFAULT_DESCRIPTION, load_description
from sla.schedule import Schedule
from tests.tickets.desk import at

DESCRIPTION = load_description(DEFAULT_DESCRIPTION)
SCHEDULE = Schedule.of(
    DESCRIPTION,
    holidays=public_holidays("BE", range(2025, 2028)),
    closures=[(date(2026, 12, 28), date(2026, 12, 31), "Yearly closure")],
)


class FixedTerms:
    """The terms of a contract, without the rows they come from."""

    description_id = calendar_id = 1
    description = DESCRIPTION
    schedule = SCHEDULE


class Tale:
    """A ticket's facts, one after the other."""

    def __init__(self, created: str, priority: str = "P1", notified: str | None = None) -> None:
        """Begin with the creation."""
        self.facts: list[Draft] = []
        if notified:
            self.tell(FactKind.NOTIFIED, notified)
        self.tell(FactKind.CREATED, created)
        self.tell(FactKind.PRIORITY_SET, created, priority=priority)

    def tell(self, kind: FactKind, when: str, refers_to: int | None = None, **data: Any) -> int:
        """Add a fact and return its number."""
        seq = len(self.facts) + 1
        fact = Draft(kind, at(when), is_public=True, refers_to=refers_to, data=data, seq=seq)
        self.facts.append(fact)
        return seq

    def stop(self, start: str, end: str | None = None, reason: str = "customer") -> None:
        """Stop the clock, and resume it if an end is given."""
        seq = self.tell(FactKind.CLOCK_STOPPED, start, reason=reason)
        if end:
            self.tell(FactKind.CLOCK_RESUMED, end, refers_to=seq)

    def read(self, when: str, works: Sequence[tuple[str, str]] = ()) -> Reading:
        """Return the reading at a time, explained."""
        cuts = tuple(Interval(at(start), at(end)) for start, end in works)
        context = Context(at("2025-01-01 00:00"), FixedTerms(), cuts)
        return read(self.facts, context, as_of=at(when), explain=True)


@contextmanager
def a_reader(language: str = "en", zone: str = "Europe/Brussels") -> Iterator[None]:
    """Be somebody with a language and a zone."""
    app = Flask("ops_portal")
    languages.install(app)
    with app.test_request_context(), languages.speaking_to(language, zone):
        yield

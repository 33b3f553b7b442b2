"""A ticket's public history as the customer reads it: messages, and one line for what happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ops_portal.core.actor import ActorKind
from ops_portal.tickets.models import Fact, FactKind
from ops_portal.tickets.recording import JUST_NOW
from sla.policy import StopReason

K = FactKind
MESSAGES = frozenset({K.CREATED, K.REPLIED, K.RESOLVED, K.REOPENED})
SHOWN = MESSAGES | {
    K.NOTIFIED,
    K.PRIORITY_SET,
    K.PRIORITY_CORRECTED,
    K.PRIORITY_CHANGED,
    K.INTERVENTION_STARTED,
    K.CLOCK_STOPPED,
    K.CLOCK_RESUMED,
    K.CONFIRMED,
    K.VOIDED,
    K.OUT_OF_SCOPE,
    K.ANNULLED,
}
"""What a customer reads, by name: a new kind of fact stays hidden until it is listed here."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One public fact."""

    fact: Fact
    author: str
    """The person's name on the customer's side; empty for the Service Desk."""
    is_message: bool
    is_late: bool
    """Whether it was written down later than it happened."""
    is_taken_back: bool
    reason: str
    """The stop's reason, for a stop and its end."""
    is_own: bool
    """Whether somebody of the customer did it, known by name or not."""
    since: datetime | None
    """When it was first noticed, or when a change takes place, as the reporter said."""


def entries(facts: Iterable[Fact], names: Mapping[int, str]) -> list[Entry]:
    """Return the entries of the page, in the order they were written down.

    Args:
        facts: the public facts of a ticket, in order.
        names: names of the customer's own people, by user id.

    Source: INC-5, INC-11; SLA-2.

    """
    shown = [f for f in facts if f.is_public and f.kind in SHOWN]
    created = next((f for f in shown if f.kind == K.CREATED), None)
    by_seq = {f.seq: f for f in shown}
    gone = {f.refers_to for f in shown if f.kind == K.ANNULLED}
    return [
        Entry(
            fact=f,
            author=names.get(f.author_id or 0, "") if f.author_kind == "customer" else "",
            is_message=_is_message(f),
            is_late=f.recorded_at - f.at > JUST_NOW and f.kind not in {K.NOTIFIED, K.CREATED},
            is_taken_back=f.seq in gone,
            reason=_stop_reason(f, by_seq),
            is_own=f.author_kind == ActorKind.CUSTOMER,
            since=datetime.fromisoformat(f.data["since"]) if "since" in f.data else None,
        )
        for f in shown
        if not _says_nothing_new(f, created)
    ]


def _is_message(fact: Fact) -> bool:
    """Whether an entry is words to somebody: the note of a customer stop is the question asked."""
    is_question = fact.kind == K.CLOCK_STOPPED and fact.data.get("reason") == StopReason.CUSTOMER
    return bool(fact.text) and (fact.kind in MESSAGES or is_question)


def _says_nothing_new(fact: Fact, created: Fact | None) -> bool:
    return fact.kind == K.NOTIFIED and created is not None and fact.at == created.at


def _stop_reason(fact: Fact, by_seq: Mapping[int, Fact]) -> str:
    stop = by_seq.get(fact.refers_to or 0) if fact.kind == K.CLOCK_RESUMED else fact
    return str(stop.data.get("reason", "")) if stop and stop.kind == K.CLOCK_STOPPED else ""

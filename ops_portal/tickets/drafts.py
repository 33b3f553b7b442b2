"""Facts about to be written: built and checked first, so that a page can show what they move."""

from collections.abc import Sequence
from datetime import datetime

from ops_portal.core.errors import RefusedError
from ops_portal.core.texts import cleaned
from ops_portal.tickets.clocks import facts_by_ticket
from ops_portal.tickets.history import History, StopEntry, read_history
from ops_portal.tickets.models import FactKind, Ticket, TicketState
from ops_portal.tickets.recording import Draft
from sla.policy import StopReason

ENDED = frozenset({TicketState.CLOSED, TicketState.VOID})


def history_of(ticket: Ticket) -> History:
    """Return what the ticket's facts add up to."""
    return read_history(facts_by_ticket([ticket.id])[ticket.id])


def words_of(body: str) -> str:
    """Return the text without its margins and unseen characters.

    Raises:
        RefusedError: there is none.

    """
    words = cleaned(body)
    if not words:
        message = "Write a few words."
        raise RefusedError(message, fields={"body": message})
    return words


def resolve_drafts(
    ticket: Ticket, body: str, *, is_temporary: bool, at: datetime, reason: str = ""
) -> list[Draft]:
    """Return the drafts that resolve a ticket; open stops end with it.

    Args:
        ticket: the locked ticket.
        body: what was done, for the customer.
        is_temporary: a temporary solution, else a permanent one (INC-7).
        at: when the service was restored.
        reason: why it is recorded later, when it is.

    Raises:
        RefusedError: it is not open, or `at` lies before the creation, an open stop or the last
            reopening.

    Source: INC-7, SLA-4; sla-cases T35, T43.

    """
    history = history_of(ticket)
    check_open(history)
    reopened = (r.reopened_at for r in history.resolutions if r.reopened_at is not None)
    earliest = max([history.created_at, *(s.start for s in history.open_stops), *reopened])
    _check_not_before(at, earliest)
    end = Draft(
        FactKind.RESOLVED,
        at,
        is_public=True,
        text=words_of(body),
        reason=reason.strip(),
        data={"temporary": is_temporary},
    )
    return [*resume_all(history.open_stops, at, reason.strip()), end]


def customer_reply_drafts(history: History, stop: StopReason | None, now: datetime) -> list[Draft]:
    """Return what a customer's reply brings with it: the end of the stops that waited for it.

    Raises:
        RefusedError: a stop was asked for, or the ticket is closed or void.

    Source: SLA-2; sla-cases T41, T42.

    """
    if stop is not None:
        message = "Only the Service Desk stops the clock."
        raise RefusedError(message, rule="SLA-2")
    if history.state in ENDED:
        message = "This ticket is closed. Report a new incident and name this one."
        raise RefusedError(message)
    waiting = [s for s in history.open_stops if s.reason is StopReason.CUSTOMER and s.start <= now]
    return resume_all(waiting, now)


def desk_reply_drafts(
    history: History, stop: StopReason | None, now: datetime, *, words: int
) -> list[Draft]:
    """Return what an agent's reply brings with it: the start, and a stop whose note is the reply.

    Args:
        history: what the ticket's facts add up to.
        stop: why the clock is to stop, if it is.
        now: the instant.
        words: the `seq` the reply itself will have: it says what is waited for.

    Raises:
        RefusedError: the ticket is not open, or the clock is stopped for that reason already.

    Source: SLA-2, SLA-4; sla-cases T36.

    """
    check_open(history)
    drafts = []
    if history.intervention_started_at is None:
        drafts.append(Draft(FactKind.INTERVENTION_STARTED, now, is_public=True))
    if stop is not None:
        if any(s.reason is stop for s in history.open_stops):
            message = "The clock is stopped for this reason already."
            raise RefusedError(message, fields={"stop": message})
        drafts.append(
            Draft(
                FactKind.CLOCK_STOPPED, now, is_public=True, refers_to=words, data={"reason": stop}
            )
        )
    return drafts


def resume_all(stops: Sequence[StopEntry], at: datetime, reason: str = "") -> list[Draft]:
    """Return the drafts that end these stops."""
    return [
        Draft(FactKind.CLOCK_RESUMED, at, is_public=True, reason=reason, refers_to=stop.seq)
        for stop in stops
    ]


def check_open(history: History) -> None:
    """Refuse what only an open ticket can have.

    Raises:
        RefusedError: it is resolved, closed or void.

    """
    if not history.is_open:
        message = "The ticket is not open any more."
        raise RefusedError(message)


def _check_not_before(at: datetime, earliest: datetime) -> None:
    if at < earliest:
        message = "The time lies before the ticket, its last stop or its reopening."
        raise RefusedError(message, fields={"at": message})

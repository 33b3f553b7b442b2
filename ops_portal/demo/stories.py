"""Telling the stories: each step is the same operation a person would use, at its own instant."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ops_portal.contracts.queries import current_calendar_ids, terms
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.demo.people import People
from ops_portal.demo.scripts import PAST_TITLES, SCRIPTS, Script, Step
from ops_portal.tickets import clock_operations, desk_operations, operations
from ops_portal.tickets.desk_operations import Diagnosis
from ops_portal.tickets.models import Channel, OutOfScopeCause, Ticket, TicketKind
from ops_portal.tickets.operations import Report, open_ticket
from ops_portal.tickets.queries import lock_ticket
from sla.policy import Priority, StopReason
from sla.schedule import Schedule

HOUR_S = 3600
PAST_TICKETS = 70
PAST_HOURS = (30, 900)
SEED = 20
Action = Callable[[datetime], object]


@dataclass(slots=True)
class Teller:
    """Carries one story along: its ticket, who works on it, and the clock of its contract."""

    script: Script
    people: People
    agent: Actor
    schedule: Schedule
    reference: str = ""

    @property
    def customer(self) -> Actor:
        """The representative of the story's customer."""
        return self.people.representatives[self.script.customer]

    def open(self, at: datetime) -> None:
        """Report the incident, by telephone or through the portal."""
        script = self.script
        is_phone = script.channel is Channel.PHONE
        report = Report(
            title=script.title,
            description=script.description,
            priority=script.priority,
            channel=script.channel,
            kind=TicketKind.REQUEST if script.priority is Priority.P4 else TicketKind.INCIDENT,
            notified_at=at - timedelta(minutes=script.call_minutes) if is_phone else None,
            contact_name=self.customer.name,
            contact_phone="+32 2 555 01 23" if is_phone else "",
            recording_reference=f"REC-{at:%y%m%d%H%M}" if is_phone else "",
            is_recording_told=is_phone,
            is_own_side_checked=True,
        )
        author = self.agent if is_phone else self.customer
        contract = self.people.contracts[script.customer]
        self.reference = open_ticket(author, contract, report, now=at).reference

    def act(self, step: Step, at: datetime) -> None:
        """Do one step of the script."""
        actor = self.customer if step.is_customer else self.agent
        getattr(self, f"_{step.what}")(actor, lock_ticket(actor, self.reference), step, at)

    def _take(self, actor: Actor, ticket: Ticket, _step: Step, at: datetime) -> None:
        desk_operations.assign(actor, ticket, actor.user_id, now=at)

    def _start(self, actor: Actor, ticket: Ticket, _step: Step, at: datetime) -> None:
        clock_operations.start_intervention(actor, ticket, at=at, now=at)

    def _reply(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        operations.reply(actor, ticket, step.text, now=at)

    def _note(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        operations.note(actor, ticket, step.text, now=at)

    def _escalate(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        desk_operations.escalate(actor, ticket, int(step.data), step.text, now=at)

    def _stop(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        clock_operations.stop_clock(
            actor, ticket, StopReason(step.data), start=at, end=None, note=step.text, now=at
        )

    def _resume(self, actor: Actor, ticket: Ticket, _step: Step, at: datetime) -> None:
        clock_operations.resume_clock(actor, ticket, at=at, now=at)

    def _correct(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        clock_operations.set_priority(
            actor, ticket, Priority(step.data), is_correction=True, reason=step.text, now=at
        )

    def _change(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        clock_operations.set_priority(
            actor, ticket, Priority(step.data), is_correction=False, reason=step.text, now=at
        )

    def _diagnose(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        found = Diagnosis(
            assessment=step.text,
            cause=step.data,
            component="",
            impact=Priority(ticket.priority),
            is_remote_session=True,
        )
        desk_operations.diagnose(actor, ticket, found, now=at)

    def _resolve(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        is_temporary = step.data == "temporary"
        operations.resolve(actor, ticket, step.text, is_temporary=is_temporary, at=at, now=at)

    def _reopen(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        operations.reopen(actor, ticket, step.text, now=at)

    def _confirm(self, actor: Actor, ticket: Ticket, _step: Step, at: datetime) -> None:
        operations.confirm(actor, ticket, now=at)

    def _scope(self, actor: Actor, ticket: Ticket, step: Step, at: datetime) -> None:
        desk_operations.leave_scope(actor, ticket, OutOfScopeCause(step.data), step.text, now=at)


def tell_stories(people: People, *, now: datetime) -> None:
    """Live through every story, in the order of time, so that histories and audit are in order."""
    schedule = _schedule(people)
    events: list[tuple[datetime, int, Action]] = []
    chance = random.Random(SEED)  # noqa: S311 (invented data, no secret)
    for number, script in enumerate((*SCRIPTS, *_past(chance))):
        agent = people.agents[number % len(people.agents)]
        events += _events(Teller(script, people, agent, schedule), now)
    for at, _, act in sorted(events, key=lambda event: event[:2]):
        act(at)
        db.session.flush()


def _events(teller: Teller, now: datetime) -> Iterator[tuple[datetime, int, Action]]:
    script = teller.script
    created = _counted_before(teller.schedule, now, script.age_h)
    yield created, 0, teller.open
    for place, step in enumerate(script.steps, start=1):
        at = teller.schedule.advance(created, int(step.after_h * HOUR_S)) + timedelta(seconds=place)
        if at <= now:
            yield at, place, partial(teller.act, step)


def _counted_before(schedule: Schedule, now: datetime, hours: float) -> datetime:
    """Return the instant from which this much support time leads to now."""
    low, high = now - timedelta(days=hours / 5 + 14), now
    seconds = int(hours * HOUR_S)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if schedule.advance(middle, seconds) <= now:
            low = middle
        else:
            high = middle
    return low.replace(microsecond=0)


def _schedule(people: People) -> Schedule:
    contract = next(iter(people.contracts.values()))
    return terms(contract.description_id, current_calendar_ids()[contract.calendar]).schedule


def _past(chance: random.Random) -> Iterator[Script]:
    """Invent the incidents of the last months, most of them handled in time."""
    customers = ("K-20417", "K-20933", "K-21560", "K-22078", "K-22841")
    for _ in range(PAST_TICKETS):
        priority = chance.choices(list(Priority), weights=(2, 4, 6, 3))[0]
        channel = Channel.PHONE if priority is Priority.P1 else Channel.PORTAL
        reaction = chance.choice((0.2, 0.4, 0.6, 0.9, 1.4))
        restored = reaction + chance.choice((1, 2, 4, 7, 11, 16, 27))
        title, done = chance.choice(PAST_TITLES)
        steps = [
            Step(reaction * 0.8, "take"),
            Step(reaction, "start"),
            Step(restored, "resolve", done, chance.choice(("permanent", "temporary"))),
            Step(restored + 6, "confirm", is_customer=True),
        ]
        yield Script(
            customer=chance.choice(customers),
            title=title,
            description="",
            priority=priority,
            channel=channel,
            age_h=chance.uniform(*PAST_HOURS),
            steps=tuple(steps),
        )

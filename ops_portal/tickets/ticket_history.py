"""A ticket's history for the desk: messages, notes, and one line for each thing that happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from ops_portal.tickets import words
from ops_portal.tickets.clock_operations import ANNULLABLE
from ops_portal.tickets.models import Alarm, Channel, Fact, FactKind, OutOfScopeCause
from ops_portal.tickets.recording import JUST_NOW
from ops_portal.tickets.ticket_queries import Authored
from sla.policy import Kpi, Priority, StopReason

K = FactKind
MESSAGES = frozenset({K.CREATED, K.REPLIED, K.RESOLVED, K.REOPENED, K.NOTED, K.DIAGNOSED})
ICONS = {
    K.NOTIFIED: "telephone-inbound",
    K.CREATED: "plus-circle",
    K.PRIORITY_SET: "flag",
    K.PRIORITY_CORRECTED: "flag-fill",
    K.PRIORITY_CHANGED: "flag-fill",
    K.INTERVENTION_STARTED: "play-circle",
    K.CLOCK_STOPPED: "pause-circle",
    K.CLOCK_RESUMED: "play",
    K.DIAGNOSED: "search",
    K.RESOLVED: "check-circle",
    K.CONFIRMED: "check-circle-fill",
    K.REOPENED: "arrow-counterclockwise",
    K.VOIDED: "slash-circle",
    K.OUT_OF_SCOPE: "box-arrow-right",
    K.ASSIGNED: "person-check",
    K.ESCALATED: "arrow-up-right-circle",
    K.REPLIED: "chat-left-text",
    K.NOTED: "lock",
    K.ANNULLED: "arrow-90deg-left",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the history, in the reader's words."""

    seq: int
    kind: str
    icon: str
    what: str
    """What happened, in a few words."""
    text: str
    reason: str
    author: str
    is_customer: bool
    is_public: bool
    is_message: bool
    at: datetime
    recorded_at: datetime | None
    """When it was written down, where that was later."""
    is_taken_back: bool
    can_take_back: bool


@dataclass(frozen=True, slots=True)
class AlarmEntry:
    """A warning or a breach between the entries, at the instant it was crossed."""

    at: datetime
    is_breach: bool
    what: str
    is_retroactive: bool


def entries(
    facts: Sequence[Authored], names: Mapping[int, str], channel: Channel = Channel.PHONE
) -> list[Entry]:
    """Return the entries in the order they were written down.

    Args:
        facts: the whole history.
        names: names of the provider's people, by user id.
        channel: how the ticket was reported.

    Source: INC-11.

    """
    gone = {a.fact.refers_to for a in facts if a.fact.kind == K.ANNULLED}
    teller = _Teller({a.fact.seq: a.fact for a in facts}, names, channel)
    return [_entry(authored, teller, gone) for authored in facts]


def can_take_back(facts: Sequence[Authored], seq: int) -> bool:
    """Whether an entry may be taken back, and was not yet (INC-11)."""
    gone = {a.fact.refers_to for a in facts if a.fact.kind == K.ANNULLED}
    return any(a.fact.seq == seq and a.fact.kind in ANNULLABLE and seq not in gone for a in facts)


def alarm_entries(alarms: Sequence[Alarm]) -> list[AlarmEntry]:
    """Return the alarms of a ticket in words (SLA-4, T45)."""
    found = []
    for alarm in alarms:
        kpi, priority = words.KPI[Kpi(alarm.kpi)], alarm.priority
        is_breach = alarm.kind == "breach"
        what = (
            _("%(kpi)s (%(priority)s): target used up", kpi=kpi, priority=priority)
            if is_breach
            else _("%(kpi)s (%(priority)s): three quarters used", kpi=kpi, priority=priority)
        )
        found.append(AlarmEntry(alarm.at, is_breach, what, alarm.is_retroactive))
    return found


def _entry(authored: Authored, teller: "_Teller", gone: set[int | None]) -> Entry:
    fact = authored.fact
    is_late = fact.recorded_at - fact.at > JUST_NOW and fact.kind not in {K.NOTIFIED, K.CREATED}
    is_gone = fact.seq in gone
    return Entry(
        seq=fact.seq,
        kind=fact.kind,
        icon=teller.icon(fact),
        what=teller.what(fact),
        text=fact.text,
        reason=fact.reason,
        author=authored.author or _("the portal"),
        is_customer=fact.author_kind == "customer",
        is_public=fact.is_public,
        is_message=fact.kind in MESSAGES and bool(fact.text),
        at=fact.at,
        recorded_at=fact.recorded_at if is_late else None,
        is_taken_back=is_gone,
        can_take_back=fact.kind in ANNULLABLE and not is_gone,
    )


class _Teller:
    """Says what a fact means; it knows the other facts of the ticket and the people's names."""

    def __init__(
        self, facts: Mapping[int, Fact], names: Mapping[int, str], channel: Channel
    ) -> None:
        self.facts = facts
        self.channel = channel
        self.names = names
        self.sayings = {
            K.NOTIFIED: self._notified,
            K.PRIORITY_SET: self._priority,
            K.PRIORITY_CORRECTED: self._priority,
            K.PRIORITY_CHANGED: self._priority,
            K.CLOCK_STOPPED: self._stop,
            K.CLOCK_RESUMED: self._resume,
            K.RESOLVED: self._resolved,
            K.VOIDED: self._void,
            K.OUT_OF_SCOPE: self._scope,
            K.ASSIGNED: self._assigned,
            K.ESCALATED: self._line,
            K.ANNULLED: self._annulled,
        }

    def what(self, fact: Fact) -> str:
        """Return what happened, in a few words."""
        kind = K(fact.kind)
        if kind in self.sayings:
            return self.sayings[kind](fact)
        return str(words.FACT[kind])

    def icon(self, fact: Fact) -> str:
        """Return the sign of what happened; a telephone only where somebody called."""
        is_written = fact.kind == K.NOTIFIED and self.channel is not Channel.PHONE
        return "inbox" if is_written else ICONS[K(fact.kind)]

    def _notified(self, _fact: Fact) -> str:
        return str(words.NOTIFIED[self.channel])

    def _priority(self, fact: Fact) -> str:
        priority = Priority(fact.data["priority"])
        said = {
            K.PRIORITY_SET: _("Priority %(priority)s", priority=priority),
            K.PRIORITY_CORRECTED: _(
                "Priority corrected: it was %(priority)s from the start", priority=priority
            ),
            K.PRIORITY_CHANGED: _("Priority changed: %(priority)s from now on", priority=priority),
        }
        return str(said[K(fact.kind)])

    def _stop(self, fact: Fact) -> str:
        reason = words.STOP_REASON[StopReason(fact.data["reason"])]
        return str(_("Clock stopped: %(reason)s", reason=reason))

    def _resume(self, fact: Fact) -> str:
        stop = self.facts.get(fact.refers_to or 0)
        if stop is None or "reason" not in stop.data:
            return str(_("Clock resumed"))
        reason = words.STOP_REASON[StopReason(stop.data["reason"])]
        return str(_("Clock resumed, after: %(reason)s", reason=reason))

    def _resolved(self, fact: Fact) -> str:
        is_temporary = fact.data.get("temporary")
        return str(
            _("Resolved with a temporary solution")
            if is_temporary
            else _("Resolved with a permanent solution")
        )

    def _void(self, fact: Fact) -> str:
        survivor = fact.data.get("duplicate_of")
        return str(
            _("Closed as a duplicate of %(reference)s", reference=survivor)
            if survivor
            else _("Closed as void")
        )

    def _scope(self, fact: Fact) -> str:
        cause = fact.data.get("cause")
        if not cause:
            return str(_("Back in scope"))
        known = {c.value: words.OUT_OF_SCOPE[c] for c in OutOfScopeCause}
        return str(_("Out of scope: %(cause)s", cause=known.get(cause, cause)))

    def _assigned(self, fact: Fact) -> str:
        user_id = fact.data.get("user_id")
        if user_id is None:
            # an imported ticket tells who had it there, who is nobody of ours
            is_elsewhere = bool(fact.text)
            return str(_("Assigned in the other tool") if is_elsewhere else _("Given to nobody"))
        return str(_("Given to %(name)s", name=self.names.get(user_id, "?")))

    def _line(self, fact: Fact) -> str:
        return str(_("Moved to: %(line)s", line=words.LINE[fact.data["line"]]))

    def _annulled(self, fact: Fact) -> str:
        other = self.facts.get(fact.refers_to or 0)
        what = self.what(other) if other is not None else ""
        return str(_("Taken back: #%(seq)s %(what)s", seq=fact.refers_to, what=what))

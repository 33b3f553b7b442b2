"""The creation clock of a call that is being logged: it runs before a ticket exists."""

from datetime import datetime

from flask_babel import gettext as _

from ops_portal.contracts.queries import Terms
from ops_portal.tickets import words
from ops_portal.tickets.chips import WHOLE, Chip, Kind
from ops_portal.tickets.clocks import SECOND, WARN_AT
from ops_portal.web.filters import duration, moment_near
from sla.policy import Kpi, Priority


def creation_chip(terms: Terms, called_at: datetime, now: datetime) -> Chip | None:
    """Return the chip of the time to log a call; None where no priority has such a target.

    Args:
        terms: whose support window and targets hold.
        called_at: the notification, aware.
        now: the instant of reading.

    Source: SLA-4, creation; sla-cases T59.

    """
    target = terms.description.kpis.get((Kpi.CREATION, Priority.P1))
    if target is None:
        return None
    target_s, schedule = target.target_s, terms.schedule
    used = schedule.elapsed(min(called_at, now), now)
    is_over = used > target_s
    is_late = not is_over and used >= target_s * WARN_AT
    resumes = schedule.advance(now, 1) - SECOND
    due = schedule.advance(called_at, target_s)
    return Chip(
        kpi=Kpi.CREATION,
        priority=Priority.P1,
        period=0,
        label=str(words.KPI_SHORT[Kpi.CREATION]),
        title=str(words.KPI[Kpi.CREATION]),
        kind=_kind(is_over=is_over, is_late=is_late, is_closed=resumes > now),
        words=_words(target_s - used, resumes, now),
        progress=min(WHOLE, used * WHOLE // target_s),
        tint="breached" if is_over else "attention" if is_late else "",
        due_at=due,
        next_event=_("Due"),
        next_at=due,
        lines=(
            (_("Target"), duration(target_s)),
            (_("Counted since the call"), duration(used)),
            (_("Due"), moment_near(due, now)),
        ),
    )


def _kind(*, is_over: bool, is_late: bool, is_closed: bool) -> Kind:
    if is_over:
        return Kind.BREACHED
    if is_closed:
        return Kind.CLOSED
    return Kind.ATTENTION if is_late else Kind.ON_TRACK


def _words(left: int, resumes: datetime, now: datetime) -> str:
    if left < 0:
        return _("breached by %(over)s", over=duration(-left))
    if resumes > now:
        return _("%(left)s left, resumes %(at)s", left=duration(left), at=moment_near(resumes, now))
    return _("%(left)s left", left=duration(left))

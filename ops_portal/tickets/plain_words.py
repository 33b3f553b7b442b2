"""A clock in plain words, for those it is a promise to."""

from flask_babel import gettext as _

from ops_portal.tickets import words
from ops_portal.tickets.chips import overrun_s
from ops_portal.tickets.clocks import Reading
from ops_portal.web.filters import duration, moment_short
from sla.clock import Clock, ClockState
from sla.policy import Kpi, Obligation, StopReason


def plain_words(clock: Clock, reading: Reading) -> str:
    """Return what a clock means, in one or two sentences without the desk's terms.

    Durations are support time and say so; a best effort is not called a promise (SLA-5).

    Source: SLA-6; people-and-pages: Care home.
    """
    if clock.state in {ClockState.NOT_APPLICABLE, ClockState.SUPERSEDED}:
        return _without_promise(clock)
    if clock.state is ClockState.BREACHED:
        return _late(clock)
    if clock.end is not None:
        return _in_time(clock)
    return _waiting(clock, reading) if clock.state is ClockState.PAUSED else _promise(clock)


def _without_promise(clock: Clock) -> str:
    if clock.state is ClockState.SUPERSEDED:
        return _("The priority changed before this was due.")
    reason = words.NOT_APPLICABLE[clock.reason or "void"]
    return _("No service level applies: %(reason)s.", reason=reason)


def _promise(clock: Clock) -> str:
    places = {"due": moment_short(clock.due_at), "left": duration(clock.remaining_s)}
    is_promise = clock.obligation is Obligation.SLA
    if clock.kpi is Kpi.RESTORATION and is_promise:
        return _(
            "We must restore the service by %(due)s (%(left)s of support time left).", **places
        )
    if clock.kpi is Kpi.RESTORATION:
        return _(
            "We aim to restore the service by %(due)s (%(left)s of support time left).", **places
        )
    if is_promise:
        return _("We must start work by %(due)s (%(left)s of support time left).", **places)
    return _("We aim to start work by %(due)s (%(left)s of support time left).", **places)


def _waiting(clock: Clock, reading: Reading) -> str:
    left = duration(clock.remaining_s)
    reasons = {stop.reason for stop in reading.history.open_stops}
    if reasons == {StopReason.CUSTOMER}:
        return _(
            "We are waiting for you; the clock is stopped (%(left)s of support time left).",
            left=left,
        )
    reason = ", ".join(sorted(str(words.STOP_REASON[StopReason(r)]) for r in reasons))
    return _(
        "The clock is stopped: %(reason)s (%(left)s of support time left).",
        reason=reason,
        left=left,
    )


def _in_time(clock: Clock) -> str:
    used = duration(clock.elapsed_s)
    sentences = {
        Kpi.CREATION: _("Your call was logged in time, after %(used)s.", used=used),
        Kpi.REACTION: _("We started work in time, after %(used)s of support time.", used=used),
        Kpi.RESTORATION: _(
            "The service was restored in time, after %(used)s of support time.", used=used
        ),
    }
    return str(sentences[clock.kpi])


def _late(clock: Clock) -> str:
    over = duration(overrun_s(clock))
    if clock.end is None:
        return _(
            "This is late: it was due %(due)s, %(over)s of support time ago.",
            due=moment_short(clock.due_at),
            over=over,
        )
    sentences = {
        Kpi.CREATION: _("Your call was logged %(over)s too late.", over=over),
        Kpi.REACTION: _("We started work %(over)s of support time too late.", over=over),
        Kpi.RESTORATION: _(
            "The service was restored %(over)s of support time too late.", over=over
        ),
    }
    return str(sentences[clock.kpi])

"""The JSON shapes of facts that are sent to the API: one for each kind."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from ops_portal.tickets.api_shapes import Line, Shape, Text, Words
from ops_portal.tickets.models import OutOfScopeCause
from sla.policy import Priority, StopReason


class Replied(Shape):
    """A public reply; `start` and `stop` do both in one action (Service Desk only)."""

    kind: Literal["replied"]
    text: Words
    start: bool = False
    stop: StopReason | None = None


class Noted(Shape):
    """An internal note."""

    kind: Literal["noted"]
    text: Words


class Assigned(Shape):
    """Hand the ticket to an agent, or to nobody."""

    kind: Literal["assigned"]
    user_id: Annotated[int, Field(ge=1, le=2**62)] | None


class Escalated(Shape):
    """Move the ticket to another line."""

    kind: Literal["escalated"]
    line: Literal[1, 2, 3]
    reason: Text = ""


class Started(Shape):
    """The intervention has started."""

    kind: Literal["intervention_started"]
    at: AwareDatetime | None = None
    reason: Text = ""


class Prioritised(Shape):
    """Another priority: corrected (always that one) or changed from now on (INC-5)."""

    kind: Literal["priority_corrected", "priority_changed"]
    priority: Priority
    reason: Words


class Diagnosed(Shape):
    """What the remote diagnosis found (INC-6)."""

    kind: Literal["diagnosed"]
    text: Words
    cause: Line = ""
    component: Line = ""
    impact: Priority
    remote_session: bool = False


class Resolved(Shape):
    """The service is restored, for the time being or for good (INC-7)."""

    kind: Literal["resolved"]
    text: Words
    temporary: bool = False
    at: AwareDatetime | None = None
    reason: Text = ""


class Confirmed(Shape):
    """The customer confirms the resolution."""

    kind: Literal["confirmed"]


class Reopened(Shape):
    """The resolution was none."""

    kind: Literal["reopened"]
    text: Words


class Voided(Shape):
    """The ticket should not exist, or repeats another one."""

    kind: Literal["voided"]
    reason: Text = ""
    duplicate_of: Annotated[str, Field(max_length=20)] | None = None


class OutOfScope(Shape):
    """The cause is one of those of §7.2.4 (INC-9)."""

    kind: Literal["out_of_scope"]
    cause: OutOfScopeCause
    reason: Words


class Annulled(Shape):
    """An earlier entry no longer counts; it stays readable (INC-11)."""

    kind: Literal["annulled"]
    refers_to: Annotated[int, Field(ge=1, le=2**31 - 1)]
    reason: Words


AnyFact = Annotated[
    Replied
    | Noted
    | Assigned
    | Escalated
    | Started
    | Prioritised
    | Diagnosed
    | Resolved
    | Confirmed
    | Reopened
    | Voided
    | OutOfScope
    | Annulled,
    Field(discriminator="kind"),
]


class NewFact(Shape):
    """One thing to add to a ticket's history; `kind` says which fields belong to it."""

    fact: AnyFact

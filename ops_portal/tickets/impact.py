"""From what a reporter can still do to the priority: the questions behind P1 to P4 (INC-3)."""

from enum import StrEnum

from sla.policy import Priority


class Impact(StrEnum):
    """What an incident does to the customer's work, worst first; §6.4 in the reporter's words."""

    COMPLETE = "complete"
    """Nothing works: a complete interruption."""
    SERIOUS = "serious"
    """Functions the business cannot do without are seriously degraded."""
    BACKUP = "backup"
    """The back-up had to be activated."""
    LIMITED = "limited"
    """The work goes on, with a limited hindrance."""
    NONE = "none"
    """No impact: a question, or a request for information."""


PRIORITY_OF = {
    Impact.COMPLETE: Priority.P1,
    Impact.SERIOUS: Priority.P2,
    Impact.BACKUP: Priority.P2,
    Impact.LIMITED: Priority.P3,
    Impact.NONE: Priority.P4,
}
"""Source: INC-3, §6.4."""

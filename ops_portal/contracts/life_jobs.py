"""What the night does to services, and the mails about their life."""

from datetime import datetime

from ops_portal.contracts import life_notices
from ops_portal.contracts.inactivity import deactivate_idle
from ops_portal.contracts.termination import TELL, end_services
from ops_portal.core import outbox

NIGHTLY = "contracts.nightly"


@outbox.handler(NIGHTLY)
def nightly(*, now: datetime) -> None:
    """Record the ends that have come, and switch off what nobody used. Source: CON-2, CON-3."""
    end_services(now=now)
    deactivate_idle(now=now)


@outbox.handler(TELL)
def tell(*, what: str, service_id: int, about: int, now: datetime) -> None:
    """Write the mails about what happened to a service; run again, it adds none."""
    life_notices.tell(what, service_id, about, now=now)

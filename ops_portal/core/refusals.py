"""What was refused is audited too: who was turned away, when, from where and what from.

At most once a minute for the same person and thing, so that nobody fills the log by knocking.
Source: CFG-2, §5.1.3.1.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import LimitedError
from ops_portal.core.limits import count_attempt
from ops_portal.core.tenancy import Scope, scoped

log = structlog.get_logger()

EACH = timedelta(minutes=1)


def note_refusal(
    actor: Actor,
    action: str,
    thing: tuple[str, object],
    *,
    now: datetime,
    after: Mapping[str, Any] | None = None,
) -> bool:
    """Audit a refusal, in a transaction of its own; return whether an entry was written.

    What the session held is rolled back before: a refused request leaves nothing else.

    Args:
        actor: who was refused; the chain is that of the organisation acted for.
        action: `feature.refuse`.
        thing: kind and id of what was refused.
        now: the instant, aware.
        after: what else is to be known of it; no secrets.

    """
    db.session.rollback()
    knock = f"refusal:{actor.customer_id} {actor.user_id} {action} {thing[0]} {thing[1]}"
    try:
        count_attempt(knock, limit=1, per=EACH, now=now)
        with scoped(Scope.system("refusals"), db.session):
            audit.record(actor, action, thing, now=now, after=after)
            db.session.commit()
    except LimitedError:
        return False
    except (OperationalError, PoolTimeoutError) as error:
        log.warning("refusal.not_audited", action=action, exc_info=error)
        return False
    return True

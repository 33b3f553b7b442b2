"""Reading planned works: which spans they cut out of a ticket's clocks."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select

from ops_portal.core.db import db
from ops_portal.maintenance.models import AffectedElement, PlannedWork
from sla.interval import Interval


def works_by_element(element_ids: Iterable[int]) -> dict[int, list[Interval]]:
    """Return the announced spans of the works on each element, cancelled ones left out.

    Works that were cancelled before they began never cut anything; works cancelled while they ran
    cut until then.

    Source: MNT-3, SLA-7.
    """
    ids = set(element_ids)
    found: dict[int, list[Interval]] = defaultdict(list)
    if not ids:
        return found
    rows = db.session.execute(
        select(
            AffectedElement.element_id,
            PlannedWork.starts_at,
            PlannedWork.ends_at,
            PlannedWork.cancelled_at,
        )
        .join(PlannedWork, PlannedWork.id == AffectedElement.work_id)
        .where(AffectedElement.element_id.in_(ids)),
    )
    for element_id, start, end, cancelled in rows:
        until = min(end, cancelled) if cancelled else end
        if until > start:
            found[element_id].append(Interval(start, until))
    return found

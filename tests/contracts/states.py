"""Customers with each kind of contract: what pages and calls are held against."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ops_portal.contracts.life import Deactivation
from ops_portal.contracts.models import Contract, Service
from ops_portal.core.db import db
from tests.factories import ACTIVE_FROM, MONDAY, Tenant, tenant

MONTH_AGO = MONDAY - timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of contract, and the standing of what its subscription includes."""

    name: str
    subscription: str
    options: tuple[str, ...]
    running: str
    """`granted`, or what keeps everything that is sold from being used."""
    is_read: bool = True
    """Whether what there is can still be read."""


CASES = (
    Case("plus", "plus", (), "granted"),
    Case("plus with options", "plus", ("raw_data", "consultancy"), "granted"),
    Case("advanced", "advanced", (), "granted"),
    Case("ended", "advanced", (), "not_in_force"),
    Case("not active", "plus", (), "not_active"),
    Case("deactivated", "plus", (), "deactivated"),
    Case("not begun", "plus", (), "not_in_force", is_read=False),
)


def contract_in(case: Case) -> Tenant:
    """Build a customer whose contract is in that state at MONDAY, and stays so ever after."""
    active_from = None if case.name in {"not active", "not begun"} else ACTIVE_FROM
    found = tenant(
        case.name, subscription=case.subscription, options=case.options, active_from=active_from
    )
    signed = db.session.get_one(Contract, found.contract_id)
    if case.name == "ended":
        signed.ended_at = MONTH_AGO
    if case.name == "not begun":
        signed.valid_from = datetime(2099, 1, 1, tzinfo=MONDAY.tzinfo)
    if case.name == "deactivated":
        switched_off(signed)
    db.session.flush()
    return found


def switched_off(signed: Contract) -> None:
    """Deactivate the service of a contract a month ago."""
    service = db.session.get_one(Service, signed.service_id)
    db.session.add(
        Deactivation(
            customer_id=signed.customer_id,
            service_id=service.id,
            last_used_at=ACTIVE_FROM,
            deactivated_at=MONTH_AGO,
            reactivated_by_name="",
        )
    )

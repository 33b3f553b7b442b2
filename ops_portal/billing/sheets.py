"""What the fees of services follow from, read for many services with a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.billing.fees import Days, Facts, Held
from ops_portal.billing.months import ONE_DAY, last_local_day, local_day
from ops_portal.contracts.life import Deactivation, ServiceAccount
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import described
from ops_portal.core.db import db
from sla.catalogue import Catalogue
from sla.monthly import option_prices

NOWHERE = ZoneInfo("UTC")
"""The zone of a service without any contract, which is charged nothing."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A contract as its charges name it."""

    contract_id: int
    reference: str
    subscription: str
    version: str
    """The version of the service description (CAT-1)."""
    days: Days
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Sheet:
    """One service with everything its charges follow from."""

    service_id: int
    customer_id: int
    reference: str
    name: str
    customer: str
    customer_code: str
    language: str
    facts: Facts
    agreed: dict[int, Agreed] = field(default_factory=dict)
    """Its contracts by id, oldest first."""

    def agreed_on(self, day: date) -> Agreed | None:
        """Return the contract a local day belongs to: the last that has begun, else the first."""
        begun = [one for one in self.agreed.values() if one.days.first <= day]
        return begun[-1] if begun else next(iter(self.agreed.values()), None)


def read_sheets(service_ids: Sequence[int]) -> list[Sheet]:
    """Return the sheets of services in the order of their ids, with four queries for any number."""
    services = db.session.execute(
        select(
            Service.id,
            Service.customer_id,
            Service.reference,
            Service.name,
            Service.activated_at,
            Customer.name,
            Customer.code,
            Customer.language,
        )
        .join(Customer, Customer.id == Service.customer_id)
        .where(Service.id.in_(service_ids))
        .order_by(Service.id),
    ).all()
    contracts = _by_service(_contracts(service_ids))
    accounts = _by_service(_accounts(service_ids))
    pauses = _by_service(_pauses(service_ids))
    return [_sheet(row, contracts[row[0]], accounts[row[0]], pauses[row[0]]) for row in services]


def _contracts(service_ids: Sequence[int]) -> Any:  # noqa: ANN401 (rows of columns)
    columns = (
        Contract.service_id,
        Contract.id,
        Contract.reference,
        Contract.subscription,
        Contract.options,
        Contract.description_id,
        Contract.valid_from,
        Contract.ended_at,
    )
    query = select(*columns).where(Contract.service_id.in_(service_ids))
    return db.session.execute(query.order_by(Contract.valid_from, Contract.id))


def _accounts(service_ids: Sequence[int]) -> Any:  # noqa: ANN401
    columns = (ServiceAccount.service_id, ServiceAccount.added_on, ServiceAccount.removed_on)
    is_customer_id = ServiceAccount.parent_number == ""
    query = select(*columns).where(ServiceAccount.service_id.in_(service_ids), is_customer_id)
    return db.session.execute(query.order_by(ServiceAccount.added_on, ServiceAccount.id))


def _pauses(service_ids: Sequence[int]) -> Any:  # noqa: ANN401
    columns = (Deactivation.service_id, Deactivation.deactivated_at, Deactivation.reactivated_at)
    query = select(*columns).where(Deactivation.service_id.in_(service_ids))
    return db.session.execute(query.order_by(Deactivation.deactivated_at))


def _by_service(rows: Any) -> dict[int, list[Any]]:  # noqa: ANN401
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _sheet(
    service: Any,  # noqa: ANN401
    contracts: list[Any],
    accounts: list[Any],
    pauses: list[Any],
) -> Sheet:
    service_id, customer_id, reference, name, activated_at, customer, code, language = service
    zone = described(contracts[-1].description_id).zone if contracts else NOWHERE
    agreed = {row.id: found for row in contracts if (found := _agreed(row, zone))}
    activated_on = local_day(activated_at, zone) if activated_at and contracts else None
    facts = Facts(
        activated_on=activated_on,
        contracts=[
            _held(agreed[row.id], row.options)
            for row in contracts
            if row.id in agreed and _has_price(agreed[row.id])
        ],
        accounts=[_account_days(row.added_on, row.removed_on) for row in accounts],
        switched_off=[_off(row[1], row[2], zone) for row in pauses],
    )
    return Sheet(service_id, customer_id, reference, name, customer, code, language, facts, agreed)


def _agreed(row: Any, zone: ZoneInfo) -> Agreed | None:  # noqa: ANN401
    """Return a contract; None where its description sells nothing."""
    description = described(row.description_id)
    catalogue = description.catalogue
    if catalogue is None:
        return None
    first = local_day(row.valid_from, zone)
    last = date.max if row.ended_at is None else last_local_day(row.ended_at, zone)
    if row.ended_at is not None and row.ended_at <= row.valid_from:
        last = first - ONE_DAY  # it never held
    days = Days(first, last)
    return Agreed(row.id, row.reference, row.subscription, description.version, days, catalogue)


def _has_price(agreed: Agreed) -> bool:
    return agreed.subscription in agreed.catalogue.fees.recurring


def _held(agreed: Agreed, ordered: Sequence[str]) -> Held:
    catalogue, subscription = agreed.catalogue, agreed.subscription
    prices = catalogue.fees.recurring[subscription]
    return Held(
        contract_id=agreed.contract_id,
        days=agreed.days,
        access_owner=prices.access_owner,
        customer_id=prices.customer_id,
        options=tuple(sorted(option_prices(catalogue, subscription, ordered).items())),
        is_charged_when_off=catalogue.inactivity.is_charged,
    )


def _account_days(added_on: date, removed_on: date | None) -> Days:
    return Days(added_on, removed_on - ONE_DAY if removed_on else date.max)


def _off(begin: datetime, end: datetime | None, zone: ZoneInfo) -> Days:
    """Return the whole days between: the day it went off and the day it came back are charged."""
    first = local_day(begin, zone) + ONE_DAY
    return Days(first, local_day(end, zone) - ONE_DAY if end else date.max)

"""What the API says of a contract: rows to plain values."""

from datetime import datetime
from typing import Any

from ops_portal.accounts.models import Customer
from ops_portal.contracts.life import ServiceAccount, TerminationNotice
from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import described
from ops_portal.contracts.service_page import ServicePicture, by_clause, state_of
from ops_portal.contracts.service_queries import (
    Run,
    notices_of,
    open_deactivation,
    open_notice,
)
from ops_portal.contracts.termination import End
from ops_portal.core.db import db
from sla.catalogue import Availability, Component


def contract_out(run: Run, now: datetime) -> dict[str, Any]:
    """Return a service as its contract stands."""
    service, contract = run.service, run.shown_at(now)
    state = state_of(run, open_notice(service), open_deactivation(service), now)
    return {
        "reference": service.reference,
        "customer": db.session.get_one(Customer, service.customer_id).code,
        "service": service.name,
        "state": state,
        "contract": contract.reference,
        "description": _description(contract),
        "subscription": contract.subscription,
        "options": list(contract.options),
        "activated_at": service.activated_at,
        "active_from": contract.active_from,
        "ended_at": run.ended_at,
    }


def contract_page(picture: ServicePicture, now: datetime) -> dict[str, Any]:
    """Return a service with everything its page says."""
    service, sold = picture.service, picture.description.catalogue
    return contract_out(picture.run, now) | {
        "access_owner_name": service.access_owner_name,
        "access_owner_email": service.access_owner_email,
        "last_used_at": picture.use.last_used_at if picture.use else None,
        "switched_off_at": picture.deactivation.deactivated_at if picture.deactivation else None,
        "monthly_fee": picture.fee.amount if picture.fee else None,
        "components": [
            _component(component, picture.contract)
            for component in (by_clause(sold) if sold else ())
        ],
        "periods": [_period(contract) for contract in picture.run.contracts],
        "accounts": [_account(account) for account in picture.accounts],
        "notices": [notice_out(notice) for notice in notices_of(service)],
    }


def notice_out(notice: TerminationNotice) -> dict[str, Any]:
    """Return a notice that was given."""
    names = ("party", "received_on", "ends_on", "reason", "recorded_at", "withdrawn_at")
    said = {name: getattr(notice, name) for name in names}
    return said | {"withdrawal_reason": notice.withdrawal_reason or ""}


def end_out(end: End) -> dict[str, Any]:
    """Return where a notice leads."""
    return {
        "party": end.party.value,
        "received_on": end.received_on,
        "notice_days": end.span.days,
        "notice_months": end.span.months,
        "ends_on": end.ends_on,
        "ended_at": end.ended_at,
    }


def _component(component: Component, contract: Contract) -> dict[str, str]:
    given = component.subscriptions.get(contract.subscription)
    standing = "not_offered"
    if given is Availability.INCLUDED:
        standing = "included"
    elif given is Availability.OPTION:
        standing = "ordered" if component.key in contract.options else "can_be_ordered"
    return {
        "key": component.key,
        "name": component.name["en"],
        "clause": component.clause,
        "standing": standing,
    }


def _period(contract: Contract) -> dict[str, Any]:
    return {
        "reference": contract.reference,
        "description": _description(contract),
        "subscription": contract.subscription,
        "options": list(contract.options),
        "valid_from": contract.valid_from,
        "ended_at": contract.ended_at,
    }


def _account(account: ServiceAccount) -> dict[str, str]:
    return {"number": account.number, "parent": account.parent_number, "name": account.name}


def _description(contract: Contract) -> str:
    found = described(contract.description_id)
    return f"{found.name} {found.version}"

"""The login of a service's one Access Owner: found, or invited (ORD-2)."""

from datetime import datetime

from sqlalchemy import func, select, update

from ops_portal.accounts.invitation_operations import invite, resend
from ops_portal.accounts.models import Customer, Invitation, Membership, User
from ops_portal.contracts.models import Service
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.permissions import Role


def give_access(actor: Actor, service: Service, *, now: datetime) -> None:
    """Give the Access Owner of a service the way in: a login with the role, or an invitation.

    Who holds the role already is linked at once. An open invitation is used, and sent anew when it
    is too old.

    Source: ORD-2, §4.1; TEC-2.

    """
    link_access_owners(service.id)
    db.session.refresh(service)
    if service.access_owner_id is not None or not service.access_owner_email:
        return
    invited = _open_invitation(service)
    if invited is not None:
        if invited.expires_at <= now:
            resend(actor, invited, now=now)
        return
    customer = db.session.get_one(Customer, service.customer_id)
    address, name = service.access_owner_email, service.access_owner_name
    invite(actor, customer, address, Role.ACCESS_OWNER, name=name, now=now)
    audit.record(
        actor,
        "service.invite_access_owner",
        ("service", service.id),
        now=now,
        customer_id=service.customer_id,
    )


def link_access_owners(service_id: int | None = None) -> int:
    """Link the services without a login to the Access Owner who has joined; return their number.

    Source: ORD-2.
    """
    joined = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.customer_id == Service.customer_id,
            Membership.role == Role.ACCESS_OWNER,
            Membership.ended_at.is_(None),
            func.lower(User.email) == func.lower(Service.access_owner_email),
        )
        .limit(1)
        .correlate(Service)
        .scalar_subquery()
    )
    change = update(Service).where(
        Service.access_owner_id.is_(None), Service.access_owner_email != "", joined.is_not(None)
    )
    if service_id is not None:
        change = change.where(Service.id == service_id)
    result = db.session.execute(
        change.values(access_owner_id=joined)
        .returning(Service.id)
        .execution_options(synchronize_session=False)
    )
    return len(result.all())


def _open_invitation(service: Service) -> Invitation | None:
    query = select(Invitation).where(
        Invitation.customer_id == service.customer_id,
        func.lower(Invitation.email) == service.access_owner_email.lower(),
        Invitation.role == Role.ACCESS_OWNER,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
    return db.session.scalars(query.limit(1)).first()

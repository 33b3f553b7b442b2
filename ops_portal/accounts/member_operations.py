"""Changing what people may do in an organisation: roles, and the end of a membership."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from ops_portal.accounts.models import ApiToken, Customer, Invitation, Membership, UserSession
from ops_portal.accounts.people_queries import Member
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError
from ops_portal.core.permissions import CUSTOMER_ROLES, PROVIDER_ROLES, Role
from ops_portal.core.tenancy import Scope, scoped


def roles_in(customer: Customer) -> tuple[Role, ...]:
    """Return the roles that exist on this side of the contract."""
    side = PROVIDER_ROLES if customer.is_provider else CUSTOMER_ROLES
    return tuple(role for role in Role if role in side)


def refuse_roles(customer: Customer, roles: Iterable[Role]) -> None:
    """Refuse roles of the other side: a customer never gets a role of the provider's staff.

    Raises:
        RefusedError: one of the roles does not exist in this organisation.

    """
    if not set(roles) <= set(roles_in(customer)):
        message = N_("This role does not exist in this organisation.")
        raise RefusedError(message, fields={"roles": message})


def grant_role(customer_id: int, user_id: int, role: Role, *, now: datetime) -> bool:
    """Give a person a role; return whether it was not held already."""
    values = {"customer_id": customer_id, "user_id": user_id, "role": role, "created_at": now}
    added = db.session.execute(
        insert(Membership).values(values).on_conflict_do_nothing().returning(Membership.id),
    ).scalar_one_or_none()
    return added is not None


def change_roles(
    actor: Actor, customer: Customer, member: Member, roles: frozenset[Role], *, now: datetime
) -> None:
    """Give a member exactly these roles, from the next request on.

    Args:
        actor: who changes them.
        customer: the organisation.
        member: the person, as loaded for this organisation.
        roles: at least one; ending all of them is `end_membership`.
        now: the instant, aware.

    Raises:
        RefusedError: no role, a role of the other side, or nobody would be left to manage people.

    Source: INC-1, §5.1.1; CFG-2, §5.1.3.1.

    """
    refuse_roles(customer, roles)
    if not roles:
        message = N_("Choose at least one role, or end the access.")
        raise RefusedError(message, fields={"roles": message})
    held = frozenset(member.roles)
    if held == roles:
        return
    _keep_somebody(actor, customer, member, roles)
    _end_roles(customer.id, member.user.id, held - roles, now)
    for role in sorted(roles - held):
        grant_role(customer.id, member.user.id, role, now=now)
    audit.record(
        actor,
        "membership.change_roles",
        ("user", member.user.id),
        now=now,
        customer_id=customer.id,
        before={"roles": _listed(held)},
        after={"roles": _listed(roles)},
    )


def end_membership(actor: Actor, customer: Customer, member: Member, *, now: datetime) -> None:
    """End all roles of a member: sessions, tokens and open invitations end with them, at once.

    Raises:
        RefusedError: nobody would be left to manage the people of the organisation.

    Source: INC-1, §5.1.1; CFG-2, §5.1.3.1.

    """
    user = member.user
    _keep_somebody(actor, customer, member, frozenset())
    _end_roles(customer.id, user.id, frozenset(member.roles), now)
    db.session.execute(
        update(ApiToken)
        .where(
            ApiToken.customer_id == customer.id,
            ApiToken.user_id == user.id,
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=now),
    )
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.customer_id == customer.id,
            (Invitation.invited_by == user.id) | (Invitation.email == user.email),
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now),
    )
    audit.record(
        actor,
        "membership.end",
        ("user", user.id),
        now=now,
        customer_id=customer.id,
        before={"roles": _listed(member.roles)},
    )
    _end_sessions(customer.id, user.id, now)


def _keep_somebody(
    actor: Actor, customer: Customer, member: Member, roles: frozenset[Role]
) -> None:
    """Refuse that an organisation manages itself into having nobody left who manages it.

    The provider may take the last representative of a customer away, since it can invite another.
    """
    key_role = Role.OPERATOR if customer.is_provider else Role.REPRESENTATIVE
    if actor.customer_id != customer.id or key_role not in member.roles or key_role in roles:
        return
    # the rows are locked, so that two people cannot remove each other in the same moment
    query = (
        select(Membership.user_id)
        .where(
            Membership.customer_id == customer.id,
            Membership.role == key_role,
            Membership.ended_at.is_(None),
        )
        .order_by(Membership.id)
        .with_for_update()
    )
    if set(db.session.scalars(query)) <= {member.user.id}:
        message = N_(
            "Nobody would be left to manage the people of this organisation."
            " Give somebody else this role first."
        )
        raise RefusedError(message, fields={"roles": message})


def _end_roles(customer_id: int, user_id: int, roles: frozenset[Role], now: datetime) -> None:
    db.session.execute(
        update(Membership)
        .where(
            Membership.customer_id == customer_id,
            Membership.user_id == user_id,
            Membership.role.in_(roles),
            Membership.ended_at.is_(None),
        )
        .values(ended_at=now),
    )


def _end_sessions(customer_id: int, user_id: int, now: datetime) -> None:
    # a session row belongs to the person and not to the tenant: the policy shows it to nobody else
    with scoped(Scope.system("end-membership"), db.session):
        db.session.execute(
            update(UserSession)
            .where(
                UserSession.user_id == user_id,
                UserSession.active_customer_id == customer_id,
                UserSession.ended_at.is_(None),
            )
            .values(ended_at=now),
        )


def _listed(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(roles))

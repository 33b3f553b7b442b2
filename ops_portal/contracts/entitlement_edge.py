"""Entitlements at the edge: what a request may use, asked once for each request (CAT-3)."""

from collections.abc import Sequence
from datetime import datetime

from flask import g

from ops_portal.contracts.blueprint import blueprint
from ops_portal.contracts.entitlement_words import refusal
from ops_portal.contracts.entitlements import Held, granted_to, holdings_of
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.errors import NotIncludedError
from ops_portal.web.api import is_api
from ops_portal.web.components import Need, Use
from ops_portal.web.forms import translated
from ops_portal.web.languages import chosen_language


def check_component(actor: Actor, need: Need, *, at: datetime) -> None:
    """Refuse a request whose component no contract of the customer grants.

    Raises:
        NotIncludedError: the sentence names the component and how to come by it.

    Source: CAT-3, §2.1.

    """
    found = refusal_of(actor, need, at=at)
    if found is not None:
        raise found


def check_contract(actor: Actor, contract_id: int, component: str, *, at: datetime) -> None:
    """Refuse what one contract of the customer, which the request names, does not grant.

    Raises:
        NotIncludedError: as above.

    Source: CAT-3, §2.1.

    """
    holdings = [held for held in held_by(actor) if held.contract_id == contract_id]
    found = granted_to(holdings, component, at)
    if not found.is_granted:
        raise refusal(found, holdings, at, _language())


def refusal_of(actor: Actor, need: Need, *, at: datetime) -> NotIncludedError | None:
    """Return why a customer cannot use a component; None when it can. Source: CAT-3."""
    holdings = held_by(actor)
    found = granted_to(holdings, need.component, at, need.use)
    if found.is_granted:
        return None
    return refusal(found, holdings, at, _language())


def _language() -> str:
    return "en" if is_api() else chosen_language()


def held_by(actor: Actor) -> Sequence[Held]:
    """Return what the actor's organisation holds, read once for each request."""
    kept: dict[int, Sequence[Held]] = g.setdefault("holdings", {})
    if actor.customer_id not in kept:
        kept[actor.customer_id] = holdings_of(actor.customer_id)
    return kept[actor.customer_id]


@blueprint.app_context_processor
def _entitlements() -> dict[str, object]:
    return {"why_not": why_not}


def why_not(component: str) -> str:
    """Return, for a page, why its reader cannot use a component; nothing when it can."""
    actor: Actor | None = g.get("actor")
    if actor is None or actor.is_staff:
        return ""
    found = refusal_of(actor, Need(component, Use.NOW), at=g.get("started_at") or now())
    return f"{translated(found.msgid, found)} {translated(found.advice, found)}" if found else ""

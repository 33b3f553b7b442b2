"""Why something cannot be used, and how to come by it, in sentences (CAT-3)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from ops_portal.contracts.entitlements import Entitlement, Held, Standing
from ops_portal.contracts.models import ServiceDescription
from ops_portal.contracts.queries import catalogue
from ops_portal.core.db import db
from ops_portal.core.errors import N_, NotIncludedError
from sla.catalogue import Words

ENDED = N_("Contract {contract} has ended: {component} belongs to it no more.")
NOT_BEGUN = N_("Contract {contract} has not begun yet: {component} comes with it.")
NO_CONTRACT = N_("Your organisation has no contract that includes {component}.")
SENTENCES = {
    Standing.NOT_ORDERED: N_("{component} is an option that contract {contract} does not include."),
    Standing.NOT_OFFERED: N_("{component} is not part of {service} {subscription}."),
    Standing.NOT_ACTIVE: N_("{component} can be used once {service} is activated."),
    Standing.DEACTIVATED: N_("{service} was deactivated, so {component} cannot be used now."),
}
ADVICE = {
    Standing.NOT_ORDERED: N_("Order the option: your account manager prepares the order."),
    Standing.NOT_OFFERED: N_("Ask your account manager which subscription has it."),
    Standing.NOT_ACTIVE: N_("Your account manager tells you when that is planned."),
    Standing.DEACTIVATED: N_("Ask your account manager to reactivate it."),
    Standing.NOT_IN_FORCE: N_("To order it, ask your account manager. What there is stays here."),
}


def refusal(
    found: Entitlement, holdings: Sequence[Held], at: datetime, language: str
) -> NotIncludedError:
    """Return the refusal that an answer comes to, its component named in a language.

    Source: CAT-3.
    """
    held = found.held
    params = {"component": _chosen(_names(found.component, holdings), language)}
    if held is not None:
        params |= {"contract": held.reference, "service": held.service}
        names = held.catalogue.subscriptions if held.catalogue else {}
        params["subscription"] = _chosen(names.get(held.subscription, {}), language)
    return NotIncludedError(
        SENTENCES.get(found.standing) or _about_the_period(held, at),
        advice=ADVICE[found.standing],
        rule=found.rule,
        component=found.component,
        params=params,
    )


def _about_the_period(held: Held | None, at: datetime) -> str:
    if held is None:
        return NO_CONTRACT
    return NOT_BEGUN if at < held.valid_from else ENDED


def _names(component: str, holdings: Sequence[Held]) -> Words:
    """Return the name as a contract has it; else as any service has it; else the key in words."""
    for held in holdings:
        if held.catalogue and component in held.catalogue.components:
            return held.catalogue.components[component].name
    for description_id in db.session.scalars(
        select(ServiceDescription.id).order_by(ServiceDescription.id.desc())
    ):
        found = catalogue(description_id)
        if found and component in found.components:
            return found.components[component].name
    return {"en": component.replace("_", " ")}


def _chosen(names: Words, language: str) -> str:
    return names.get(language) or names.get("en", "")

"""What an order still lacks before it can be offered or signed (ORD-1).

Pure: the sheet holds everything that is judged, so that the page can show the answer while
somebody types, and the signature asks the same question once more.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ops_portal.core.errors import N_
from ops_portal.orders.models import OrderKind
from sla.catalogue import Catalogue

ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
"""One e-mail address and nothing else: a second one would be a second Access Owner."""
DIGITS_OF_A_NUMBER = 6


@dataclass(frozen=True, slots=True)
class Account:
    """A customer account (`parent` empty), or a billing account below one."""

    number: str
    parent: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """What a change would take the place of."""

    subscription: str
    options: frozenset[str]
    extras: frozenset[str]
    accounts: frozenset[tuple[str, str, str]]
    begins_on: date | None = None
    """The first day of a change that was signed and is still to come."""
    is_newer: bool = False
    """Whether it came after the order was begun: the order knows nothing of what it brought."""
    reference: str = ""
    obstacle: str = ""
    """Why it cannot be changed now, as a sentence; empty when it can."""
    obstacle_rule: str = ""
    obstacle_params: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """An order form as it stands, with what it is judged by."""

    kind: OrderKind
    catalogue: Catalogue
    is_description_in_force: bool
    today: date
    subscription: str = ""
    options: frozenset[str] = frozenset()
    extras: frozenset[str] = frozenset()
    takes_effect_on: date | None = None
    access_owner_name: str = ""
    access_owner_email: str = ""
    access_owner_phone: str = ""
    accounts: tuple[Account, ...] = ()
    has_portal_account: bool = False
    running: Running | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing: the field, a sentence for the reader, the rule that asks it."""

    field: str
    sentence: str
    rule: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


def missing(sheet: Sheet) -> list[Gap]:
    """Return what keeps an order from being offered or signed, in the order of the form.

    An empty list means: complete. Nothing else decides it, neither a page nor a job.

    Source: ORD-1, ORD-2, ORD-4, ORD-5, §4.1, §1; CAT-1, CAT-2.

    """
    return [
        *_about_service(sheet),
        *_about_components(sheet),
        *_about_access_owner(sheet),
        *_about_accounts(sheet),
        *_about_portal_account(sheet),
        *_about_change(sheet),
    ]


def _about_service(sheet: Sheet) -> Iterator[Gap]:
    if not sheet.is_description_in_force:
        sentence = N_("The service description has a newer version: save the form to take it over.")
        yield Gap("subscription", sentence, "CAT-1")


def _about_components(sheet: Sheet) -> Iterator[Gap]:
    catalogue = sheet.catalogue
    if sheet.subscription not in catalogue.subscriptions:
        yield Gap("subscription", N_("Choose the subscription."), "ORD-1")
        return
    offered = {component.key for component in catalogue.options_of(sheet.subscription)}
    if not sheet.options <= offered:
        sentence = N_("An option is chosen that this subscription does not offer.")
        yield Gap("options", sentence, "CAT-2")
    if not sheet.extras <= {extra.key for extra in catalogue.extras}:
        yield Gap("extras", N_("Something is chosen that the service does not know."), "IMP-3")


def _about_access_owner(sheet: Sheet) -> Iterator[Gap]:
    if not sheet.access_owner_name:
        yield Gap("access_owner_name", N_("Name the Access Owner."), "ORD-1")
    if not sheet.access_owner_email:
        sentence = N_("Give the e-mail address of the Access Owner.")
        yield Gap("access_owner_email", sentence, "ORD-1")
    elif not ADDRESS.fullmatch(sheet.access_owner_email):
        sentence = N_("Give exactly one e-mail address: an order is for one Access Owner.")
        yield Gap("access_owner_email", sentence, "ORD-2")
    if sum(c.isdigit() for c in sheet.access_owner_phone) < DIGITS_OF_A_NUMBER:
        sentence = N_("Give the telephone number of the Access Owner.")
        yield Gap("access_owner_phone", sentence, "ORD-1")


def _about_accounts(sheet: Sheet) -> Iterator[Gap]:
    own = {account.number for account in sheet.accounts if not account.parent}
    if not own:
        yield Gap("accounts", N_("List at least one customer account."), "ORD-1")
    lost = [a.number for a in sheet.accounts if a.parent and a.parent not in own]
    if lost:
        sentence = N_("The billing account {number} belongs to no customer account of this order.")
        yield Gap("accounts", sentence, "ORD-1", {"number": lost[0]})


def _about_portal_account(sheet: Sheet) -> Iterator[Gap]:
    if not sheet.has_portal_account:
        sentence = N_("Confirm that the customer has an active portal account.")
        yield Gap("has_portal_account", sentence, "ORD-5")


def _about_change(sheet: Sheet) -> Iterator[Gap]:
    if sheet.kind is not OrderKind.CHANGE:
        return
    running = sheet.running
    if running is None:
        yield Gap("subscription", N_("The service to change has no contract any more."), "ORD-4")
        return
    if running.is_newer:
        sentence = N_(
            "The contract became {reference} after this order was begun:"
            " cancel it and begin a new one, or it would undo that change."
        )
        yield Gap("subscription", sentence, "ORD-4", {"reference": running.reference})
    if running.obstacle:
        rule, params = running.obstacle_rule, running.obstacle_params
        yield Gap("takes_effect_on", running.obstacle, rule, params)
    if sheet.takes_effect_on is not None and sheet.takes_effect_on < sheet.today:
        sentence = N_("The first day of the change has passed: choose today or later.")
        yield Gap("takes_effect_on", sentence, "ORD-4")
    first_day = sheet.takes_effect_on or sheet.today
    if running.begins_on is not None and first_day <= running.begins_on:
        sentence = N_("Another change begins on {day}: choose a later day.")
        yield Gap("takes_effect_on", sentence, "ORD-4", {"day": running.begins_on.isoformat()})
    if sheet.subscription and not _differs(sheet, running):
        sentence = N_("Nothing differs from the running contract: change something or cancel.")
        yield Gap("subscription", sentence, "ORD-4")


def _differs(sheet: Sheet, running: Running) -> bool:
    here = (
        sheet.subscription,
        sheet.options,
        sheet.extras,
        frozenset((a.number, a.parent, a.name) for a in sheet.accounts),
    )
    return here != (running.subscription, running.options, running.extras, running.accounts)

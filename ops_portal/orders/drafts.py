"""What somebody typed into an order form: cleaned, and refused where it cannot be kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ops_portal.contracts.queries import described
from ops_portal.core.errors import N_, RefusedError
from ops_portal.core.texts import cleaned, cleaned_line
from ops_portal.orders import queries
from ops_portal.orders.completeness import Account
from ops_portal.orders.models import Order, OrderKind

LONGEST_LIST = 500
"""Accounts of one order; more are taken over from the customer's own files later."""
NUMBER_LENGTH, NAME_LENGTH = 40, 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What an order form says, as it was typed."""

    subscription: str = ""
    options: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    takes_effect_on: date | None = None
    access_owner_name: str = ""
    access_owner_email: str = ""
    access_owner_phone: str = ""
    access_owner_language: str = "fr"
    accounts: tuple[Account, ...] = ()
    has_portal_account: bool = False
    needs_credentials: bool = False
    language: str = "fr"
    note: str = ""


COLUMNS = tuple(name for name in Draft.__slots__ if name != "accounts")
ACCESS_OWNER = tuple(name for name in COLUMNS if name.startswith("access_owner_"))


def cleaned_draft(draft: Draft, order: Order) -> Draft:
    """Return a draft without unseen characters, its accounts in a fixed order, each once.

    A change keeps the Access Owner of its service, whatever was sent; one that was recorded without
    an Access Owner gets the one of the order (ORD-2).

    Raises:
        RefusedError: an option that the subscription does not offer, an account twice, a text that
            is too long.

    Source: ORD-1, ORD-2, CAT-2.

    """
    _check_components(draft, order)
    is_change = order.kind == OrderKind.CHANGE
    service = queries.service_of(order) if is_change else None
    is_kept = service is not None and service.access_owner_email != ""
    owner = {name: getattr(service if is_kept else draft, name) for name in ACCESS_OWNER}
    lines = {
        name: _line(name, owner[name], length)
        for name, length in (("access_owner_name", 200), ("access_owner_phone", 40))
    }
    email = _line("access_owner_email", owner["access_owner_email"], 254).lower()
    return Draft(
        subscription=draft.subscription,
        options=tuple(sorted(set(draft.options))),
        extras=tuple(sorted(set(draft.extras))),
        takes_effect_on=draft.takes_effect_on if is_change else None,
        **lines,
        access_owner_email=email,
        access_owner_language=owner["access_owner_language"],
        accounts=_clean_accounts(draft.accounts),
        has_portal_account=draft.has_portal_account,
        needs_credentials=draft.needs_credentials,
        language=draft.language,
        note=cleaned(draft.note)[:5000],
    )


def _line(name: str, typed: str, length: int) -> str:
    line = cleaned_line(typed)
    if len(line) > length:
        message = N_("This is too long.")
        raise RefusedError(message, fields={name: message})
    return line


def _clean_accounts(accounts: Iterable[Account]) -> tuple[Account, ...]:
    """Return accounts in a fixed order, each once: a customer account before what is below it."""
    found: dict[str, Account] = {}
    for account in accounts:
        plain = Account(*(cleaned_line(t) for t in (account.number, account.parent, account.name)))
        known = found.get(plain.number)
        if known is not None and known.parent != plain.parent:
            _refuse_accounts(N_("The account {number} is listed twice."), plain.number)
        if len(plain.number) > NUMBER_LENGTH or len(plain.name) > NAME_LENGTH:
            _refuse_accounts(N_("The account {number} is too long."), plain.number[:NUMBER_LENGTH])
        if plain.number and (known is None or plain.name):
            found[plain.number] = plain
    if len(found) > LONGEST_LIST:
        _refuse_accounts(N_("An order lists at most {number} accounts."), str(LONGEST_LIST))
    return tuple(sorted(found.values(), key=lambda a: (a.parent or a.number, a.parent != "")))


def _refuse_accounts(sentence: str, number: str) -> None:
    raise RefusedError(
        sentence, rule="ORD-1", fields={"accounts": sentence}, params={"number": number}
    )


def _check_components(draft: Draft, order: Order) -> None:
    catalogue = queries.catalogue_of(described(order.description_id))
    if draft.subscription and draft.subscription not in catalogue.subscriptions:
        message = N_("The service has no such subscription.")
        raise RefusedError(message, rule="CAT-2", fields={"subscription": message})
    offered = {component.key for component in catalogue.options_of(draft.subscription)}
    if not set(draft.options) <= offered:
        message = N_("The subscription does not offer this option.")
        raise RefusedError(message, rule="CAT-2", fields={"options": message})
    if not set(draft.extras) <= {extra.key for extra in catalogue.extras}:
        message = N_("The service does not know this.")
        raise RefusedError(message, rule="IMP-3", fields={"extras": message})

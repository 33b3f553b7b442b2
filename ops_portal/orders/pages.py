"""What the page of an order shows, put together in one place for every way it is reached."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from ops_portal.accounts.models import Customer
from ops_portal.contracts.models import Service
from ops_portal.contracts.queries import described
from ops_portal.orders import queries, words
from ops_portal.orders.completeness import Sheet, missing
from ops_portal.orders.drafts import COLUMNS, Draft
from ops_portal.orders.models import Order, OrderKind, OrderState
from ops_portal.orders.monthly import monthly_lines
from ops_portal.web.filters import day, money
from ops_portal.web.languages import NAMES, chosen_language
from ops_portal.web.receipts import Receipt, ReceiptLine
from sla.catalogue import Catalogue
from sla.monthly import MonthlyLine, total_of


@dataclass(frozen=True, slots=True)
class Picture:
    """An order with everything its pages say about it."""

    order: Order
    customer: Customer
    service: Service | None
    sheet: Sheet
    service_name: str
    description_version: str
    gaps: tuple[tuple[str, str, str], ...]
    """Field, sentence and rule of each thing that is missing (ORD-1)."""
    receipt: Receipt | None
    state: tuple[str, str]

    @property
    def catalogue(self) -> Catalogue:
        """What the service's description sells."""
        return self.sheet.catalogue

    @property
    def keeps_access_owner(self) -> bool:
        """Whether the Access Owner is that of the service and stays (ORD-2)."""
        is_change = self.order.kind == OrderKind.CHANGE
        return is_change and self.service is not None and self.service.access_owner_email != ""

    @property
    def change_facts(self) -> list[tuple[str, str]]:
        """What a change is about: the service, and its first day; nothing for a new service."""
        if self.order.kind != OrderKind.CHANGE:
            return []
        first = day(self.order.takes_effect_on) or _("the day of the signature")
        reference = self.service.reference if self.service else ""
        return [(_("Changes the service"), reference), (_("First day of the change"), first)]

    @property
    def changes(self) -> list[tuple[str, str]]:
        """What a change that is not signed yet adds and takes away (ORD-4)."""
        running = self.sheet.running
        if running is None or self.order.state != OrderState.DRAFT:
            return []
        language = chosen_language()
        found = []
        if self.sheet.subscription != running.subscription:
            both = (running.subscription, self.sheet.subscription)
            old, new = (words.subscription_word(self.catalogue, s, language) for s in both)
            found.append((_("Subscription"), f"{old or '–'} → {new or '–'}"))
        here = frozenset((a.number, a.parent, a.name) for a in self.sheet.accounts)
        ours, theirs = self.sheet.options | self.sheet.extras, running.options | running.extras
        for label, parts, accounts in (
            (_("Added"), ours - theirs, here - running.accounts),
            (_("Removed"), theirs - ours, running.accounts - here),
        ):
            named = words.component_words(self.catalogue, sorted(parts), language)
            named += [" ".join(filter(None, (a[0], a[2]))) for a in sorted(accounts)]
            found += [(label, ", ".join(named))] if named else []
        return found

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What the form says, in words."""
        order, language = self.order, chosen_language()
        chosen = words.component_words(self.catalogue, order.options, language)
        extras = words.component_words(self.catalogue, order.extras, language)
        subscription = words.subscription_word(self.catalogue, order.subscription, language)
        return [
            (_("Service"), f"{self.service_name} {self.description_version}"),
            (_("Subscription"), subscription or "–"),
            (_("Options"), ", ".join(chosen) or _("none")),
            (_("Beyond the usual implementation"), ", ".join(extras) or _("none")),
            (_("Access Owner"), order.access_owner_name or "–"),
            (_("E-mail address"), order.access_owner_email or "–"),
            (_("Telephone"), order.access_owner_phone or "–"),
            (_("Language"), NAMES[order.access_owner_language]),
            (_("Active portal account"), _("yes") if order.has_portal_account else _("no")),
            (_("Credentials"), _("yes") if order.needs_credentials else _("no")),
        ]


def picture_of(order: Order, *, now: datetime) -> Picture:
    """Return an order with everything its pages say about it."""
    description = described(order.description_id)
    sheet = queries.sheet_of(order, queries.accounts_of(order), now=now)
    gaps = tuple((g.field, words.gap_sentence(g), g.rule) for g in missing(sheet))
    return Picture(
        order=order,
        customer=queries.customer_of(order),
        service=queries.service_of(order),
        sheet=sheet,
        service_name=description.name,
        description_version=description.version,
        gaps=gaps,
        receipt=receipt_of(sheet, chosen_language()),
        state=words.state_of(order),
    )


def receipt_of(sheet: Sheet, language: str) -> Receipt | None:
    """Return what an order costs a month as a receipt; None before a subscription is chosen."""
    lines = monthly_lines(sheet)
    if not lines:
        return None
    return Receipt(
        title=_("A month"),
        lines=tuple(
            ReceiptLine(
                label=line_word(line, sheet.catalogue, language),
                detail=f"{line.quantity} × {money(line.price)}",
                value=money(line.amount),
            )
            for line in lines
        ),
        total_label=_("Total a month, without VAT"),
        total=money(total_of(lines)),
        rules=("BIL-2", "BIL-3"),
    )


def line_word(line: MonthlyLine, catalogue: Catalogue, language: str) -> str:
    """Return what a monthly line is for."""
    own = {"access_owner": _("Access Owner"), "customer_id": _("Customer accounts")}
    return own.get(line.key) or catalogue.components[line.key].name[language]


def differences(order: Order, draft: Draft, *, language: str) -> list[tuple[str, str, str]]:
    """Return `(field, as saved by somebody else, as typed)` for a stale save."""
    catalogue = queries.catalogue_of(described(order.description_id))
    found = []
    for name in COLUMNS:
        saved, typed = getattr(order, name), getattr(draft, name)
        both = [_plain(name, value, catalogue, language) for value in (saved, typed)]
        if both[0] != both[1]:
            found.append((str(words.FIELDS[name]), both[0], both[1]))
    saved_accounts = queries.accounts_of(order)
    if {a.number for a in saved_accounts} != {a.number for a in draft.accounts if a.number}:
        saved, typed = (
            ", ".join(a.number for a in rows) for rows in (saved_accounts, draft.accounts)
        )
        found.append((str(words.FIELDS["accounts"]), saved, typed))
    return found


def kind_word(order: Order) -> str:
    """Return what kind of order it is."""
    return str(words.KINDS[OrderKind(order.kind)])


def _plain(name: str, value: object, catalogue: Catalogue, language: str) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(words.component_words(catalogue, sorted(value), language))
    if name == "subscription":
        return words.subscription_word(catalogue, str(value), language)
    if name == "takes_effect_on":
        return day(value)  # type: ignore[arg-type]  # a date or nothing
    return NAMES.get(str(value), str(value)) if name.endswith("language") else str(value)

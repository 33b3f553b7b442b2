"""What a contract costs a month, and how that came about (BIL-3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from ops_portal.contracts.life import ServiceAccount
from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import catalogue
from ops_portal.web.filters import money, number
from ops_portal.web.languages import chosen_language
from ops_portal.web.receipts import Receipt, ReceiptLine
from sla.monthly import ACCESS_OWNER, CUSTOMER_ID, monthly_lines, total_of


@dataclass(frozen=True, slots=True)
class Fee:
    """The recurring fee of a whole month, without VAT."""

    amount: Decimal
    receipt: Receipt


def monthly_fee(
    contract: Contract, accounts: Iterable[ServiceAccount], on: date, title: str
) -> Fee | None:
    """Return the fee of a whole month with what holds on a day; None without a price list.

    Args:
        contract: the contract.
        accounts: of its service; customer accounts that hold on the day are Customer IDs.
        on: a local day.
        title: of the calculation.

    Source: BIL-3, BIL-4, §7.7.3.

    """
    sold = catalogue(contract.description_id)
    if sold is None:
        return None
    customer_ids = sum(1 for a in accounts if not a.parent_number and holds_on(a, on))
    lines = monthly_lines(sold, contract.subscription, contract.options, customer_ids=customer_ids)
    if not lines:
        return None
    words = {ACCESS_OWNER: _("Access Owners"), CUSTOMER_ID: _("Customer IDs")}
    words |= {key: c.name[chosen_language()] for key, c in sold.components.items()}
    total = total_of(lines)
    receipt = Receipt(
        title=title,
        lines=tuple(
            ReceiptLine(
                words[line.key],
                f"{number(line.quantity)} × {money(line.price)}",
                money(line.amount),
            )
            for line in lines
        ),
        total_label=_("A month, without VAT"),
        total=money(total),
        rules=("BIL-3", "§7.7.3"),
    )
    return Fee(total, receipt)


def holds_on(account: ServiceAccount, on: date) -> bool:
    """Whether an account belongs to its service on a local day."""
    return account.added_on <= on and (account.removed_on is None or on < account.removed_on)

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
    price = sold.fees.recurring.get(contract.subscription) if sold else None
    if sold is None or price is None:
        return None
    customer_ids = sum(1 for a in accounts if not a.parent_number and holds_on(a, on))
    language = chosen_language()
    rows = [
        (_("Access Owners"), 1, price.access_owner),
        (_("Customer IDs"), customer_ids, price.customer_id),
        *(
            (sold.components[key].name[language], 1, amount)
            for key, amount in sold.fees.options.items()
            if key in contract.options
        ),
    ]
    total = sum((quantity * amount for _label, quantity, amount in rows), Decimal(0))
    receipt = Receipt(
        title=title,
        lines=tuple(
            ReceiptLine(label, f"{number(quantity)} × {money(amount)}", money(quantity * amount))
            for label, quantity, amount in rows
        ),
        total_label=_("A month, without VAT"),
        total=money(total),
        rules=("BIL-3", "§7.7.3"),
    )
    return Fee(total, receipt)


def holds_on(account: ServiceAccount, on: date) -> bool:
    """Whether an account belongs to its service on a local day."""
    return account.added_on <= on and (account.removed_on is None or on < account.removed_on)

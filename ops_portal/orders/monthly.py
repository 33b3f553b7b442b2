"""What an order costs a month, line by line, from the price list of its description (BIL-3)."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from ops_portal.orders.completeness import Sheet
from sla.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class MonthlyLine:
    """One line: what, how many, at which price; EUR without VAT."""

    key: str
    """`access_owner`, `customer_id`, or the component ordered as an option."""
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        """The line's amount."""
        return self.quantity * self.price


def monthly_lines(sheet: Sheet) -> list[MonthlyLine]:
    """Return the monthly lines of an order; nothing before a subscription is chosen.

    One Access Owner (ORD-2), each customer account as a Customer ID, each option with a monthly
    price.

    Source: BIL-3, §7.7.3.
    """
    customer_ids = sum(1 for account in sheet.accounts if not account.parent)
    return _lines(sheet.catalogue, sheet.subscription, sheet.options, customer_ids)


def total_of(lines: Collection[MonthlyLine]) -> Decimal:
    """Return the sum of the lines. Source: BIL-4."""
    return sum((line.amount for line in lines), Decimal(0))


def _lines(
    catalogue: Catalogue, subscription: str, options: Collection[str], customer_ids: int
) -> list[MonthlyLine]:
    fees = catalogue.fees.recurring.get(subscription)
    if fees is None:
        return []
    return [
        MonthlyLine("access_owner", 1, fees.access_owner),
        MonthlyLine("customer_id", customer_ids, fees.customer_id),
        *(
            MonthlyLine(key, 1, price)
            for key, price in catalogue.fees.options.items()
            if key in options
        ),
    ]

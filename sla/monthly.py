"""What a subscription costs a month, line by line, from the price list (BIL-3)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from sla.catalogue import Availability, Catalogue

ACCESS_OWNER = "access_owner"
CUSTOMER_ID = "customer_id"


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


def monthly_lines(
    catalogue: Catalogue, subscription: str, ordered: Collection[str], *, customer_ids: int
) -> list[MonthlyLine]:
    """Return the lines of a whole month; none where the subscription has no price.

    One Access Owner (ORD-2), each Customer ID, each ordered option with a monthly price.

    Source: BIL-3, §7.7.3.
    """
    prices = catalogue.fees.recurring.get(subscription)
    if prices is None:
        return []
    options = option_prices(catalogue, subscription, ordered)
    return [
        MonthlyLine(ACCESS_OWNER, 1, prices.access_owner),
        MonthlyLine(CUSTOMER_ID, customer_ids, prices.customer_id),
        *(MonthlyLine(key, 1, price) for key, price in options.items()),
    ]


def option_prices(
    catalogue: Catalogue, subscription: str, ordered: Collection[str]
) -> dict[str, Decimal]:
    """Return the monthly price of each ordered option; what is included costs nothing (CAT-2)."""
    return {
        key: price
        for key, price in catalogue.fees.options.items()
        if key in ordered and catalogue.availability(key, subscription) is Availability.OPTION
    }


def total_of(lines: Iterable[MonthlyLine]) -> Decimal:
    """Return the sum of the lines. Source: BIL-4."""
    return sum((line.amount for line in lines), Decimal(0))

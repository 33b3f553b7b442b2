"""What an order costs a month, line by line (BIL-3)."""

from ops_portal.orders.completeness import Sheet
from sla import monthly
from sla.monthly import MonthlyLine


def monthly_lines(sheet: Sheet) -> list[MonthlyLine]:
    """Return the monthly lines of an order; nothing before a subscription is chosen.

    Each customer account is a Customer ID; billing accounts cost nothing.

    Source: BIL-3, §7.7.3.
    """
    customer_ids = sum(1 for account in sheet.accounts if not account.parent)
    return monthly.monthly_lines(
        sheet.catalogue, sheet.subscription, sheet.options, customer_ids=customer_ids
    )

"""Lists of accounts as they are copied out of a sheet or a mail."""

import re
from collections.abc import Iterable, Iterator

from ops_portal.orders.completeness import Account

BETWEEN = re.compile(r"[\t;]")

Line = tuple[str, str, str]
"""A customer account, a billing account below it or nothing, and the name of the last of both."""


def lines_of(text: str) -> list[Line]:
    """Return the lines of a pasted list: customer account; billing account; name.

    Columns are apart by a tab or a semicolon; what is left out at the end is empty.
    """
    found: list[Line] = []
    for line in text.splitlines():
        first, second, third, *_rest = [*BETWEEN.split(line, maxsplit=2), "", ""]
        if line.strip(" \t;"):
            found.append((first.strip(), second.strip(), third.strip()))
    return found


def accounts_from(lines: Iterable[Line]) -> Iterator[Account]:
    """Yield the accounts that lines name; a billing account brings its customer account along.

    Source: ORD-1, §4.1.
    """
    for customer_account, billing_account, name in lines:
        if customer_account:
            yield Account(customer_account, name="" if billing_account else name)
        if billing_account:
            yield Account(billing_account, customer_account, name)


def lines_from(accounts: Iterable[Account]) -> list[Line]:
    """Return accounts as lines again, none more than needed."""
    rows = list(accounts)
    parents = {account.parent for account in rows if account.parent}
    return [
        (a.parent, a.number, a.name) if a.parent else (a.number, "", a.name)
        for a in rows
        if a.parent or a.name or a.number not in parents
    ]

"""What a service costs from day to day, and the lines of a month that follow: pure arithmetic.

Every item of the fee (the Access Owner, the Customer IDs, each monthly option) has spans of days on
which its contract, its unit price and its quantity stay the same. A line is such a span within one
month: unit price × quantity × days ÷ days of the month, rounded half up to the cent once (BIL-4).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

from ops_portal.billing.months import ONE_DAY, Month

CENT = Decimal("0.01")
ACCESS_OWNER = "access_owner"
CUSTOMER_ID = "customer_id"
OPTION = "option:"
DIGITS = 60


@dataclass(frozen=True, slots=True)
class Days:
    """Local days from the first to the last, both included."""

    first: date
    last: date

    @property
    def number(self) -> int:
        """How many days they are; none when the last comes before the first."""
        return max(0, (self.last - self.first).days + 1)

    def within(self, other: "Days") -> "Days":
        """Return the days that lie in both."""
        return Days(max(self.first, other.first), min(self.last, other.last))

    def without(self, other: "Days") -> list["Days"]:
        """Return the days that do not lie in the other."""
        if not self.within(other).number:
            return [self] if self.number else []
        parts = []
        if self.first < other.first:
            parts.append(Days(self.first, other.first - ONE_DAY))
        if other.last < self.last:
            parts.append(Days(other.last + ONE_DAY, self.last))
        return parts


def days_of(month: Month) -> Days:
    """Return the days of a month."""
    return Days(month.first, month.last)


@dataclass(frozen=True, slots=True)
class Held:
    """What a contract charges on the days that belong to it (ORD-4)."""

    contract_id: int
    days: Days
    access_owner: Decimal
    customer_id: Decimal
    options: tuple[tuple[str, Decimal], ...] = ()
    """Monthly options with their price, by key."""
    is_charged_when_off: bool = False
    """Whether the fee runs on while the service is deactivated (CON-3)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The dated facts of a service that its fee follows from."""

    activated_on: date | None
    """The local day of the activation, included (IMP-2)."""
    contracts: Sequence[Held] = ()
    accounts: Sequence[Days] = ()
    """The days of each customer account: one Customer ID each."""
    switched_off: Sequence[Days] = ()
    """The whole days on which the service is deactivated."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which an item of the fee stays the same."""

    contract_id: int
    item: str
    days: Days
    unit_price: Decimal
    quantity: int


@dataclass(frozen=True, slots=True)
class Line:
    """A span within one month, and what it costs."""

    span: Span
    month: Month

    @property
    def exact(self) -> Fraction:
        """The amount before it is rounded."""
        span = self.span
        share = Fraction(span.days.number, self.month.days)
        return Fraction(span.unit_price) * span.quantity * share

    @property
    def amount(self) -> Decimal:
        """The amount, rounded half up to the cent once (BIL-4)."""
        return cents(self.exact)


def cents(amount: Fraction | Decimal) -> Decimal:
    """Return an amount rounded half up to the cent; a half goes away from zero.

    Source: BIL-4, §7.7.

    """
    exact = Fraction(amount)
    with localcontext() as context:
        context.prec = DIGITS
        hundredths = abs(exact) * 100
        whole = (2 * hundredths.numerator + hundredths.denominator) // (2 * hundredths.denominator)
        value = (Decimal(whole) * CENT).quantize(CENT)
    return -value if exact < 0 and whole else value


def share_of(net: Decimal, percentage: Decimal) -> Decimal:
    """Return a percentage of an amount, rounded half up to the cent; for VAT, once per rate."""
    return (net * percentage / 100).quantize(CENT, ROUND_HALF_UP)


def spans_of(facts: Facts, within: Days) -> list[Span]:
    """Return the spans of every item of a service's fee, in the order they are shown.

    Args:
        facts: what is known of the service.
        within: the days to look at.

    Returns:
        spans that do not overlap within one item; days without a fee lie in none.

    Source: BIL-2, BIL-3, ORD-4, §7.7.2, §7.7.3.

    """
    if facts.activated_on is None:
        return []
    running = within.within(Days(facts.activated_on, date.max))
    found: list[Span] = []
    for held in _one_a_day(facts.contracts):
        for days in _charged(held, facts, running):
            found += _items(held, facts.accounts, days)
    return _joined(found)


def lines_of(facts: Facts, month: Month) -> list[Line]:
    """Return the lines of a month.

    Source: BIL-2 (pro rata by calendar days, first and last day included), BIL-3, BIL-4.

    """
    return [Line(span, month) for span in spans_of(facts, days_of(month))]


def split(spans: Iterable[Span], months: Sequence[Month]) -> Mapping[Month, list[Line]]:
    """Return the lines of several months from spans that reach over them."""
    found: dict[Month, list[Line]] = {month: [] for month in months}
    for span in spans:
        for month in months:
            days = span.days.within(days_of(month))
            if days.number:
                found[month].append(Line(replace(span, days=days), month))
    return found


def _one_a_day(contracts: Sequence[Held]) -> list[Held]:
    """Give each day to one contract: the later one, where one ends on the day the next begins."""
    real = [held for held in contracts if held.days.number]
    ordered = sorted(real, key=lambda held: (held.days.first, held.days.last))
    found = []
    for held, later in zip(ordered, [*ordered[1:], None], strict=True):
        last = held.days.last
        if later is not None:
            last = min(last, later.days.first - ONE_DAY)
        found.append(replace(held, days=Days(held.days.first, last)))
    return [held for held in found if held.days.number]


def _charged(held: Held, facts: Facts, running: Days) -> list[Days]:
    parts = [held.days.within(running)]
    if not held.is_charged_when_off:
        for off in facts.switched_off:
            parts = [left for part in parts for left in part.without(off)]
    return [part for part in parts if part.number]


def _items(held: Held, accounts: Sequence[Days], days: Days) -> Iterator[Span]:
    yield Span(held.contract_id, ACCESS_OWNER, days, held.access_owner, 1)
    for part, number in _counted(accounts, days):
        if number:
            yield Span(held.contract_id, CUSTOMER_ID, part, held.customer_id, number)
    for key, price in held.options:
        yield Span(held.contract_id, f"{OPTION}{key}", days, price, 1)


def _counted(accounts: Sequence[Days], days: Days) -> Iterator[tuple[Days, int]]:
    """Yield the parts of the days in which the number of Customer IDs stays the same (BIL-3)."""
    inside = [part for account in accounts if (part := account.within(days)).number]
    cuts = {days.first, days.last + ONE_DAY}  # a month at most: never the last day there is
    for part in inside:
        cuts |= {part.first, part.last + ONE_DAY}
    ordered = sorted(cuts)
    for first, after in pairwise(ordered):
        number = sum(part.first <= first <= part.last for part in inside)
        yield Days(first, after - ONE_DAY), number


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Join neighbours that are alike, so that what did not change makes one line."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda s: (_place(s.item), s.days.first)):
        last = found[-1] if found else None
        follows = last is not None and last.days.last + ONE_DAY == span.days.first
        if last is not None and follows and replace(last, days=span.days) == span:
            found[-1] = replace(last, days=Days(last.days.first, span.days.last))
        else:
            found.append(span)
    return found


def _place(item: str) -> tuple[int, str]:
    known = (ACCESS_OWNER, CUSTOMER_ID)
    return (known.index(item) if item in known else len(known), item)

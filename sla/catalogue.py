"""The commercial half of a service description: what is sold, for how much, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

Words = Mapping[str, str]
"""A name in each language: `{"fr": …, "nl": …, "en": …}`."""


class Availability(StrEnum):
    """Whether a subscription has a component (CAT-2); absent = it is not to be had."""

    INCLUDED = "DEF"
    OPTION = "OPT"


class Party(StrEnum):
    """The two sides of a contract (CON-2)."""

    CUSTOMER = "customer"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Component:
    """One component of the service, with what each subscription makes of it (CAT-2)."""

    key: str
    name: Words
    clause: str
    subscriptions: Mapping[str, Availability]


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: calendar days, or calendar months."""

    days: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Kept(Span):
    """How long one kind of data is kept, from the date of its invoice (INV-5, INV-6, INV-7)."""

    name: Words = field(default_factory=dict)
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Recurring:
    """EUR a month of a subscription: for each Access Owner and each Customer ID (BIL-3)."""

    access_owner: Decimal
    customer_id: Decimal


@dataclass(frozen=True, slots=True)
class OneOff:
    """EUR of something invoiced once, afterwards (BIL-1)."""

    key: str
    name: Words
    price: Decimal
    component: str


@dataclass(frozen=True, slots=True)
class Fees:
    """The price list of a version (BIL-1, BIL-3, BIL-4)."""

    currency: str
    vat_percentage: Decimal
    payment_days: int
    recurring: Mapping[str, Recurring]
    options: Mapping[str, Decimal]
    """EUR a month of a component ordered as an option."""
    one_off: Mapping[str, OneOff]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the implementation (IMP-1); `subscriptions` empty = all of them."""

    key: str
    name: Words
    subscriptions: tuple[str, ...]
    activates: bool
    needs_activation: bool


@dataclass(frozen=True, slots=True)
class Inactivity:
    """When an unused service is deactivated (CON-3)."""

    months: int
    warn_after_months: int
    is_charged: bool
    """Whether the recurring fee runs on while it is deactivated."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the implementation leaves out unless the order says so (IMP-3)."""

    key: str
    name: Words


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a version of a service sells and promises besides its levels (CAT-1)."""

    subscriptions: Mapping[str, Words]
    components: Mapping[str, Component]
    fees: Fees
    notice: Mapping[Party, Span]
    retention: Mapping[str, Kept]
    inactivity: Inactivity
    steps: tuple[Step, ...]
    extras: tuple[Scope, ...]
    training_window: Span
    """How long after the order the basic training can be requested (TRN-1)."""
    deletion_wait: Span
    """How long a decided deletion waits (CON-4)."""
    history_from: date | None = field(default=None)
    """The first invoice there is data of (INV-4)."""

    def availability(self, component: str, subscription: str) -> Availability | None:
        """Return what a subscription makes of a component. Source: CAT-2, §2.1, §2.2."""
        found = self.components.get(component)
        return found.subscriptions.get(subscription) if found else None

    def options_of(self, subscription: str) -> tuple[Component, ...]:
        """Return the components that can be ordered with a subscription. Source: CAT-2."""
        offered, found = Availability.OPTION, self.components.values()
        return tuple(c for c in found if c.subscriptions.get(subscription) is offered)

    def steps_of(self, subscription: str) -> tuple[Step, ...]:
        """Return the steps of the implementation of a subscription. Source: IMP-1, §4.2."""
        return tuple(
            step
            for step in self.steps
            if not step.subscriptions or subscription in step.subscriptions
        )

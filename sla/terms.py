"""The words of a service description: KPIs, priorities, obligations, reasons, targets, credits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from sla.catalogue import Catalogue, Words
from sla.hours import Hours


class Kpi(StrEnum):
    """What is measured (SLA-4), in the order of reports."""

    CREATION = "creation"
    REACTION = "reaction"
    RESTORATION = "restoration"


class Priority(StrEnum):
    """The impact of an incident (INC-3)."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Obligation(StrEnum):
    """SLA = result, with credit; SLO = best effort (SLA-5)."""

    SLA = "SLA"
    SLO = "SLO"


class StopReason(StrEnum):
    """Whose time a stop-clock is (SLA-2)."""

    CUSTOMER = "customer"
    FORCE_MAJEURE = "force_majeure"
    THIRD_PARTY = "third_party"
    CONNECTIVITY = "connectivity"


class Basis(StrEnum):
    """How a priority came about (INC-5)."""

    INITIAL = "initial"
    CORRECTION = "correction"
    CHANGE = "change"


class Reopen(StrEnum):
    """Whether the time between a resolution and its reopening counts for the restoration."""

    COUNTS = "counts"
    PAUSES = "pauses"


@dataclass(frozen=True, slots=True)
class Credit:
    """What a breach gives, in percent of the monthly fee, and the most of it in a month (CRD-1)."""

    percentage: Decimal
    monthly_cap: Decimal


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the KPI table for one priority; `target_s` is counted time (SLA-4)."""

    kpi: Kpi
    obligation: Obligation
    priority: Priority
    target_s: int
    clause: str
    credit: Credit | None


@dataclass(frozen=True, slots=True)
class Description:
    """One version of a service description, read and checked."""

    name: str
    version: str
    effective_from: date
    zone: ZoneInfo
    week: tuple[Hours, ...]
    country: str | None
    """Whose public holidays are outside the window; None = they count."""
    closures: tuple[tuple[date, date, str], ...]
    """Further closed days (from, to included, name)."""
    reopen: Reopen
    priorities: Mapping[Priority, Words]
    """The impact of each priority, in words of each language."""
    update_every_s: Mapping[Priority, int]
    """How often the customer hears about progress, in counted seconds (INC-7)."""
    kpis: Mapping[tuple[Kpi, Priority], Target]
    catalogue: Catalogue | None
    """What is sold and promised besides the levels; None where only levels are described."""
    clauses: Mapping[str, str]
    """The clause of each section that has one, such as `{"notice": "§7.1.2"}`."""

    def credit_for(self, kpi: Kpi) -> Target | None:
        """Return the target whose breach gives a credit for this KPI."""
        found = (t for (name, _), t in self.kpis.items() if name is kpi and t.credit is not None)
        return next(found, None)

"""Services to compare the engine with the oracle on: as rules, and as a description of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sla.policy import Description, parse_description
from sla.schedule import Schedule
from tests.sla.factories import ALL_DAYS, closure
from tests.sla.oracle import Rules, Walk

OFFICE = [("08:00", "18:00")]
SPLIT = [("08:30", "12:00"), ("13:00", "17:30")]
NIGHTS = [("00:00", "02:30"), ("03:15", "06:00"), ("22:00", "24:00")]
AROUND = [("00:00", "24:00")]
BELGIAN_DAYS = {
    "2026-01-01": "New Year's Day", "2026-04-06": "Easter Monday", "2026-05-01": "Labor Day",
    "2026-05-14": "Ascension Day", "2026-05-25": "Pentecost Monday", "2026-07-21": "National Day",
    "2026-08-15": "Assumption Day", "2026-11-01": "All Saints' Day", "2026-11-11": "Armistice Day",
    "2026-12-25": "Christmas Day", "2027-01-01": "New Year's Day",
}  # fmt: skip
CONTRACT = {
    ("creation", "P1"): ("SLO", 900), ("creation", "P2"): ("SLO", 900),
    ("reaction", "P1"): ("SLA", 3_600), ("restoration", "P1"): ("SLA", 86_400),
    ("reaction", "P2"): ("SLO", 7_200), ("restoration", "P2"): ("SLO", 172_800),
}  # fmt: skip
QUICK = {
    ("creation", "P1"): ("SLO", 300), ("creation", "P3"): ("SLO", 1_500),
    ("reaction", "P1"): ("SLA", 1_200), ("restoration", "P1"): ("SLA", 10_800),
    ("restoration", "P2"): ("SLO", 14_400), ("reaction", "P3"): ("SLA", 3_660),
    ("restoration", "P3"): ("SLA", 7_201),
}  # fmt: skip


@dataclass
class Service:
    """One service and a span of time in which its tickets are tried."""

    name: str
    walk: Walk
    spread_s: int
    """How far apart a ticket's events lie at most."""

    @cached_property
    def description(self) -> Description:
        return parse_description(document_of(self.walk.rules))

    @cached_property
    def schedule(self) -> Schedule:
        days = self.walk.rules.holidays.items()
        closures = [closure(day, day, name) for day, name in days]
        return Schedule.of(self.description, closures=closures)


def document_of(rules: Rules) -> dict[str, Any]:
    """Return a service description that says what the rules say."""
    return {
        "name": "Invented",
        "version": "1",
        "effective_from": "2026-01-01",
        "zone": rules.zone,
        "public_holidays": False,
        "reopen": rules.reopen,
        "support_window": {
            day: [f"{a}-{b}" for a, b in hours]
            for day, hours in zip(ALL_DAYS, rules.hours, strict=True)
        },
        "priorities": {f"P{n}": {"impact": "some"} for n in (1, 2, 3, 4)},
        "kpis": [
            {
                "kpi": kpi,
                "obligation": obligation,
                "priorities": [priority],
                "target_s": target_s,
                "clause": "§1",
            }
            for (kpi, priority), (obligation, target_s) in rules.targets.items()
        ],
    }


def span(first: str, last: str) -> tuple[datetime, datetime]:
    return tuple(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))


DAY = 86_400
CONTRACT_RULES = Rules("Europe/Brussels", [OFFICE] * 5 + [[], []], BELGIAN_DAYS, CONTRACT)
SPLIT_RULES = Rules(
    "America/New_York",
    [SPLIT] * 4 + [SPLIT[:1], [], [("10:00", "11:00")]],
    {"2026-11-26": "Thanksgiving", "2026-11-02": "Own day", "2026-04-03": "Good Friday"},
    CONTRACT,
    reopen="pauses",
)
NIGHT_RULES = Rules(
    "Europe/Brussels", [NIGHTS] * 7, {"2026-03-30": "Free", "2026-10-25": "Free too"}, QUICK
)
AROUND_RULES = Rules("Australia/Lord_Howe", [AROUND] * 7, {}, QUICK, reopen="pauses")
SERVICES = [
    Service("spring", Walk(CONTRACT_RULES, *span("2026-02-20", "2026-06-10"), 60), 12 * DAY),
    Service("autumn", Walk(CONTRACT_RULES, *span("2026-10-10", "2027-01-25"), 60), 12 * DAY),
    Service("split", Walk(SPLIT_RULES, *span("2026-10-10", "2027-01-10"), 60), 6 * DAY),
    Service("nights", Walk(NIGHT_RULES, *span("2026-03-27", "2026-04-02"), 1), DAY // 2),
    Service("repeated hour", Walk(NIGHT_RULES, *span("2026-10-23", "2026-10-29"), 1), DAY // 2),
    Service("half an hour", Walk(AROUND_RULES, *span("2026-04-03", "2026-04-08"), 1), DAY // 2),
]

"""Reading service descriptions: what a contract promises, as data with a version (CAT-1)."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sla.commerce import OPTIONAL_SECTIONS, SECTIONS, read_catalogue
from sla.document import Node
from sla.errors import DescriptionError, Fault
from sla.hours import read_week
from sla.targets import read_kpis
from sla.terms import (
    Basis,
    Credit,
    Description,
    Kpi,
    Obligation,
    Priority,
    Reopen,
    StopReason,
    Target,
)

__all__ = [
    "DEFAULT_DESCRIPTION",
    "Basis",
    "Credit",
    "Description",
    "Kpi",
    "Obligation",
    "Priority",
    "Reopen",
    "StopReason",
    "Target",
    "load_description",
    "parse_description",
]

DEFAULT_DESCRIPTION = Path(__file__).parent / "descriptions" / "invoice_insights.toml"
REQUIRED = frozenset(
    {"name", "version", "effective_from", "zone", "support_window", "priorities", "kpis"}
)
OPTIONAL = frozenset({"public_holidays", "reopen", "closures"})
COMMERCIAL = SECTIONS | OPTIONAL_SECTIONS


def load_description(path: Path | str) -> Description:
    """Read a service description file (TOML).

    Raises:
        OSError: the file cannot be read.
        DescriptionError: it is not TOML, or faulty; each fault names its field.

    Source: CAT-1.

    """
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DescriptionError([Fault("", f"not TOML: {error}")]) from error
    return parse_description(document)


def parse_description(document: object) -> Description:
    """Return a description from its document; dates may be texts, as in JSON.

    Raises:
        DescriptionError: the document is faulty; each fault names its field.

    Source: CAT-1.

    """
    faults: list[Fault] = []
    whole = Node(document, "", faults)
    found = whole.fields(REQUIRED, OPTIONAL | COMMERCIAL)
    values = {name: READERS[name](node) for name, node in found.items() if name in READERS}
    sold = {name: node for name, node in found.items() if name in COMMERCIAL}
    catalogue = read_catalogue(sold, whole)
    if faults:
        raise DescriptionError(faults)
    impacts, updates = values.pop("priorities")
    return Description(
        week=values.pop("support_window"),
        country=values.pop("public_holidays", None),
        closures=values.pop("closures", ()),
        reopen=values.pop("reopen", Reopen.COUNTS),
        priorities=impacts,
        update_every_s=updates,
        catalogue=catalogue,
        **values,
    )


def _zone(node: Node) -> ZoneInfo | None:
    name = node.text()
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        node.fault("is no time zone")
        return None


def _country(node: Node) -> str | None:
    return None if node.value is False else node.text()


def _priorities(node: Node) -> tuple[dict[Priority, str], dict[Priority, int]]:
    impacts, updates = {}, {}
    for name, entry in node.fields(frozenset(), frozenset(Priority)).items():
        fields = entry.fields(frozenset({"impact"}), frozenset({"update_every_s"}))
        if "impact" in fields:
            impacts[Priority(name)] = fields["impact"].text() or ""
        if "update_every_s" in fields:
            updates[Priority(name)] = fields["update_every_s"].whole() or 0
    return impacts, updates


def _closures(node: Node) -> tuple[tuple[date, date, str], ...]:
    found = []
    for entry in node.items():
        fields = entry.fields(frozenset({"from", "to", "name"}), frozenset())
        days = [fields[name].day() for name in ("from", "to") if name in fields]
        name = fields["name"].text() if "name" in fields else None
        if len(days) == 2 and days[0] and days[1] and days[1] < days[0]:  # noqa: PLR2004
            fields["to"].fault("lies before the first day")
        elif len(days) == 2 and days[0] and days[1] and name:  # noqa: PLR2004
            found.append((days[0], days[1], name))
    return tuple(found)


READERS: dict[str, Any] = {
    "name": Node.text,
    "version": Node.text,
    "effective_from": Node.day,
    "zone": _zone,
    "support_window": read_week,
    "public_holidays": _country,
    "reopen": lambda node: node.choice(Reopen),
    "closures": _closures,
    "priorities": _priorities,
    "kpis": read_kpis,
}

"""Reading service descriptions: what a contract promises, as data with a version (CAT-1)."""

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sla.commerce import OPTIONAL_SECTIONS, SECTIONS, read_catalogue
from sla.document import Node
from sla.errors import DescriptionError, Fault
from sla.hours import read_closures, read_week
from sla.price_list import MOST_CLAUSE, NONE
from sla.targets import read_kpis, read_priorities
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
OPTIONAL = frozenset({"public_holidays", "reopen", "closures", "clauses"})
COMMERCIAL = SECTIONS | OPTIONAL_SECTIONS
MOST_NAME, MOST_VERSION, MOST_ZONE, MOST_COUNTRY = 100, 40, 60, 10


def load_description(path: Path | str) -> Description:
    """Read a service description file (TOML).

    Raises:
        OSError: the file cannot be read.
        DescriptionError: it is not TOML, or faulty; each fault names its field.

    Source: CAT-1.

    """
    return parse_description(read_toml(Path(path).read_bytes()))


def read_toml(content: bytes) -> dict[str, Any]:
    """Return the document of a TOML file.

    Raises:
        DescriptionError: it is not TOML; the fault says in which line.

    """
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        # besides TOMLDecodeError: no UTF-8, numbers without end, brackets without end
        raise DescriptionError([Fault("", f"not TOML: {error}")]) from error


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
        clauses=values.pop("clauses", {}),
        **values,
    )


def _zone(node: Node) -> ZoneInfo | None:
    name = node.text(MOST_ZONE)
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        node.fault("is no time zone")
        return None


def _country(node: Node) -> str | None:
    return None if node.value is False else node.text(MOST_COUNTRY)


def _clauses(node: Node) -> dict[str, str]:
    fields = node.fields(NONE, REQUIRED | OPTIONAL | COMMERCIAL)
    return {name: entry.text(MOST_CLAUSE) or "" for name, entry in fields.items()}


READERS: dict[str, Any] = {
    "name": lambda node: node.text(MOST_NAME),
    "version": lambda node: node.text(MOST_VERSION),
    "effective_from": Node.day,
    "zone": _zone,
    "support_window": read_week,
    "public_holidays": _country,
    "reopen": lambda node: node.choice(Reopen),
    "closures": read_closures,
    "priorities": read_priorities,
    "kpis": read_kpis,
    "clauses": _clauses,
}

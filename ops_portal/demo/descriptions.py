"""The next version of the service in the demonstration: what it will change can be read ahead."""

from datetime import datetime

from ops_portal.contracts.description_operations import register_file
from sla.policy import DEFAULT_DESCRIPTION

CHANGES = (
    ('price = "850.00"', 'price = "890.00"'),
    ('raw_data = "30.00"', 'raw_data = "32.50"'),
    ("customer = { days = 30 }", "customer = { months = 1 }"),
    ("update_every_s = 7_200", "update_every_s = 5_400"),
)
"""Dearer trainings and raw data, a notice in months, more word of progress."""


def announce_version(*, now: datetime) -> None:
    """Register a version that takes effect on the first day of the next year."""
    text = DEFAULT_DESCRIPTION.read_text(encoding="utf-8")
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("version = "):
            lines[place] = 'version = "1.1"'
        if line.startswith("effective_from = "):
            lines[place] = f"effective_from = {now.year + 1}-01-01"
    text = "\n".join(lines)
    for before, after in CHANGES:
        text = text.replace(before, after)
    register_file(text.encode(), now=now)

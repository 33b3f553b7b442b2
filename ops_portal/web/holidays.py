"""The names of public holidays in the reader's language."""

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

NAMES = {
    "New Year's Day": _l("New Year's Day"),
    "Easter Sunday": _l("Easter Sunday"),
    "Easter Monday": _l("Easter Monday"),
    "Labor Day": _l("Labor Day"),
    "Ascension Day": _l("Ascension Day"),
    "Pentecost": _l("Pentecost"),
    "Pentecost Monday": _l("Pentecost Monday"),
    "National Day": _l("National Day"),
    "Assumption Day": _l("Assumption Day"),
    "All Saints' Day": _l("All Saints' Day"),
    "Armistice Day": _l("Armistice Day"),
    "Christmas Day": _l("Christmas Day"),
}
"""By the English name under which a calendar keeps them (`sla.holidays`)."""


def holiday(name: str) -> str:
    """Return the name of a closed day; one that somebody typed stays as it is."""
    return str(NAMES.get(name, name))


PUBLISHED = re.compile(r"public holidays (\d{4})–(\d{4})")
"""The reason the portal itself publishes a version of the calendar for (`foundation`)."""


def reason_words(reason: str) -> str:
    """Return why a version was published; a reason that somebody typed stays as it is."""
    found = PUBLISHED.fullmatch(reason)
    if found is None:
        return reason
    return _("Public holidays %(first)s–%(last)s", first=found[1], last=found[2])

"""The faults of a description file in the reader's language: where, and what to do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from flask_babel import gettext as _

from ops_portal.core.errors import N_, PortalError
from ops_portal.web.forms import translated
from sla.errors import Fault

SENTENCES = (
    N_("missing"),
    N_("unknown field"),
    N_("must be an object"),
    N_("must be a list"),
    N_("must be a text"),
    N_("must be true or false"),
    N_("must have at most {number} characters"),
    N_("must be at most {number}"),
    N_("must be a whole number above 0"),
    N_("must be one of {words}"),
    N_('must be an amount such as "{example}"'),
    N_("must be a date such as {example}"),
    N_('must be a span such as "{example}"'),
    N_("must end after it starts, by 24:00"),
    N_("must start after the one before it"),
    N_("must be named by small letters, digits and _, at most 40"),
    N_("must be small letters, digits and _, at most 40"),
    N_("holds a sign that cannot be written"),
    N_("has no open hours"),
    N_("lies before the first day"),
    N_("is no time zone"),
    N_("a second target for {words}"),
    N_("an SLO gives no credit"),
    N_("is a word of the description itself: choose another key"),
    N_("names no subscription"),
    N_("names no subscription: leave it out for all of them"),
    N_("names no component"),
    N_("is no subscription of this description"),
    N_("is no component of this description"),
    N_("is no option of any subscription"),
    N_("no subscription has it: include it in one, or offer it as an option"),
    N_("the option has no price: give it a monthly fee here, or a one-off fee"),
    N_("must be EUR: amounts have one currency"),
    N_("must have either days or months"),
    N_("must come before the deactivation"),
    N_("exactly one step activates the service"),
    N_("the step that activates the service is for every subscription"),
    N_("the step that activates the service cannot wait for its activation"),
    N_("a second {words}"),
    N_("not TOML: {words}"),
)
"""What the reader of descriptions says (`sla`), as patterns: the words of the engine have no
catalogue of messages."""


@dataclass(frozen=True, slots=True)
class Place:
    """A fault: the path in the file, and the sentence."""

    path: str
    sentence: str


def places(faults: Iterable[Fault]) -> list[Place]:
    """Return faults in the reader's language, in the order of the document.

    Source: CAT-1.
    """
    return [Place(fault.path or _("the file"), sentence_of(fault.message)) for fault in faults]


def sentence_of(message: str) -> str:
    """Return a message of the engine in the reader's language; as it is when nobody knows it."""
    for sentence in SENTENCES:
        found = _pattern(sentence).fullmatch(message)
        if found:
            return translated(sentence, PortalError(sentence, params=found.groupdict()))
    return message


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    escaped = re.escape(sentence)
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", escaped), re.DOTALL)

"""Cleaning what people type, where it enters: what cannot be seen must not change what is read."""

import re

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but tab and line break, and the marks that turn the writing around."""


def cleaned(text: str) -> str:
    """Return a text without unseen characters and margins; every line ends in the same way.

    A mark that turns the writing around would do so in headings, lists and subjects of mails.
    """
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def cleaned_line(text: str) -> str:
    """Return a text that stands on one line: a title, a name."""
    return " ".join(cleaned(text).split())

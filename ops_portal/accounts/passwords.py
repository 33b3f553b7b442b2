"""What a password must not be: short, one of the most common, or little more than a name.

There are no rules of composition: length is what counts, and a sentence is welcome.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ops_portal.core.errors import N_, RefusedError

MIN_LENGTH = 12
MAX_LENGTH = 200
MIN_DIFFERENT = 5
MIN_OWN_WORD = 4
MIN_BESIDES_OWN = 6

_ROWS = (
    "abcdefghijklmnopqrstuvwxyzabcdefghijklm",
    "012345678901234567890123456789",
    "1234567890qwertyuiopasdfghjklzxcvbnm",
    "1234567890azertyuiopqsdfghjklmwxcvbn",
)
_LOOKALIKES = str.maketrans("@4310$57!", "aaeiossti")
_FILE = Path(__file__).with_name("common_passwords.txt")


def refuse_weak(password: str, *, own_words: Iterable[str] = ()) -> None:
    """Refuse a new password that is short, long beyond reason, common, or one's own name.

    Args:
        password: as typed.
        own_words: name, address and organisation of the person.

    Raises:
        RefusedError: with the sentence for the field `password`.

    """
    fault = _fault(password, own_words)
    if fault:
        raise RefusedError(fault, fields={"password": fault}, params={"length": MIN_LENGTH})


def _fault(password: str, own_words: Iterable[str]) -> str:
    if len(password) < MIN_LENGTH:
        return N_("Use at least {length} characters; a short sentence is fine.")
    if len(password) > MAX_LENGTH:
        return N_("Use a shorter password.")
    if is_common(password):
        return N_("This password is among the first that are tried. Choose another one.")
    if is_own(password, own_words):
        return N_("This is little more than your name or address. Choose something else.")
    return ""


def is_common(password: str) -> bool:
    """Whether the password is a common one, also with digits around it or letters replaced."""
    plain = password.casefold()
    if len(set(plain)) < MIN_DIFFERENT or _is_row(plain):
        return True
    unit = _unit(plain)
    core, start = _core(unit), re.sub(r"[\W\d_]+$", "", unit)
    tries = {plain, unit, core, core.translate(_LOOKALIKES), start.translate(_LOOKALIKES)}
    return not _words().isdisjoint(tries)


def is_own(password: str, own_words: Iterable[str]) -> bool:
    """Whether hardly anything is left of the password without the person's own words."""
    rest = password.casefold()
    parts = {part for word in own_words for part in re.split(r"[\W_]+", word.casefold())}
    mine = sorted((p for p in parts if len(p) >= MIN_OWN_WORD), key=len, reverse=True)
    for part in mine:
        rest = rest.replace(part, "")
    return len(rest) < len(password) and len(re.sub(r"[\W\d_]+", "", rest)) < MIN_BESIDES_OWN


def _is_row(plain: str) -> bool:
    return any(plain in row or plain[::-1] in row for row in _ROWS)


def _unit(plain: str) -> str:
    """Return what is repeated: `abcabc` is `abc`."""
    period = (plain + plain).find(plain, 1)
    return plain[:period]


def _core(plain: str) -> str:
    """Return the password without the digits and signs people put around a word."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)


@cache
def _words() -> frozenset[str]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))

"""The icons of the pages, cut out of Bootstrap's sprite of 1.1 MB.

An icon is named as a string in a template or in the code, so what is named somewhere is cut out; a
word that happens to be the name of an icon costs some hundred bytes.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import flask_bootstrap

OURS = Path(__file__).resolve().parents[1]
THEIRS = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/icons/bootstrap-icons.svg"
SYMBOL = re.compile(r'<symbol [^>]*id="([\w-]+)">.*?</symbol>', re.DOTALL)
QUOTED = re.compile(r'"([a-z0-9-]{2,40})"')
HEAD = '<svg xmlns="http://www.w3.org/2000/svg">'


@cache
def sprite() -> str:
    """Return the sprite of the icons that are named somewhere, read once per process."""
    wanted = set(_named())
    whole = THEIRS.read_text(encoding="utf-8")
    cut = (found.group(0) for found in SYMBOL.finditer(whole) if found.group(1) in wanted)
    return f"{HEAD}{''.join(cut)}</svg>"


def _named() -> Iterator[str]:
    for path in (*OURS.rglob("*.html"), *OURS.rglob("*.py")):
        yield from QUOTED.findall(path.read_text(encoding="utf-8"))

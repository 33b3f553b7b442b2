"""What changed from one version of a service description to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ops_portal.contracts import description_words as words
from ops_portal.contracts.description_lines import Line, Path, lines_of
from sla.policy import Description

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing two versions say differently; None = that version says nothing of it."""

    path: Path
    before: str | None
    after: str | None

    @property
    def kind(self) -> Kind:
        """What happened to it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def differences(before: Description, after: Description) -> list[tuple[str, list[Difference]]]:
    """Return what changed, `(heading, differences)`, in the order of the page.

    Source: CAT-1.
    """
    old, new = _by_key(lines_of(before)), _by_key(lines_of(after))
    keys = [*new, *(key for key in old if key not in new)]
    changed = [key for key in keys if _value(old, key) != _value(new, key)]
    found = [
        (title, [_difference(key, old, new) for key in changed if _section(key) == section])
        for section, title in words.sections().items()
    ]
    return [(title, entries) for title, entries in found if entries]


def _by_key(lines: Sequence[Line]) -> dict[str, Line]:
    return {line.key: line for line in lines}


def _section(key: str) -> str:
    return key.partition("/")[0]


def _value(lines: dict[str, Line], key: str) -> str | None:
    return lines[key].value if key in lines else None


def _difference(key: str, old: dict[str, Line], new: dict[str, Line]) -> Difference:
    label = (new if key in new else old)[key].label
    path = (label,) if isinstance(label, str) else label
    return Difference(path, _value(old, key), _value(new, key))

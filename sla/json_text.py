"""Reading JSON text strictly: exact numbers, and no key given twice in one object."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

from sla.errors import FactsError, Fault


class _Repeating(dict[str, Any]):
    """An object in which a key was given more than once."""

    __slots__ = ("keys_twice",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counted = Counter(key for key, _value in pairs)
        self.keys_twice = {key for key, number in counted.items() if number > 1}


def read_json(text: bytes) -> Any:  # noqa: ANN401 (a document is of any shape until it is read)
    """Return what a JSON text says; a number with a point is an exact decimal.

    Raises:
        FactsError: it is no JSON, or an object has a key twice, named by its path: which of the
            two values is meant nobody knows.

    """
    repeating: list[_Repeating] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        whole = dict(found)
        if len(whole) == len(found):
            return whole
        repeating.append(_Repeating(found))
        return repeating[-1]

    try:
        document = json.loads(
            text.decode("utf-8-sig"),
            parse_float=_number,
            parse_constant=_refuse,
            object_pairs_hook=pairs,
        )
        if repeating:
            raise FactsError(list(_faults(document, "")))
    except (ValueError, RecursionError) as error:
        raise FactsError([Fault("", f"not JSON: {error}")]) from error
    return document


def _number(text: str) -> Decimal | float:
    """Return an exact decimal; a number with an exponent stays a float, which no field takes."""
    return float(text) if "e" in text.lower() else Decimal(text)


def _faults(value: object, path: str) -> Iterator[Fault]:
    if isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _faults(entry, f"{path}[{place}]")
    if not isinstance(value, dict):
        return
    twice = value.keys_twice if isinstance(value, _Repeating) else frozenset()
    for key, entry in value.items():
        here = f"{path}.{key}" if path else key
        if key in twice:
            yield Fault(here, "is given twice")
        yield from _faults(entry, here)


def _refuse(name: str) -> NoReturn:
    message = f"{name} is no JSON number"
    raise ValueError(message)

"""`python -m sla evaluate|credits`: facts in, figures out, as JSON."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from sla.claims import statement_from_json, statement_to_json
from sla.clock import evaluate
from sla.document import FIRST_YEAR, LAST_YEAR
from sla.errors import DescriptionError, DocumentError, SlaError
from sla.holidays import public_holidays
from sla.json_text import read_json
from sla.policy import DEFAULT_DESCRIPTION, Description, load_description
from sla.reading import clock_to_json, facts_from_json
from sla.schedule import Schedule

Answer = Callable[[bytes], dict[str, Any]]
FAULTY = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 2 when there was bad input.

    Results go to standard output, one line per fault to standard error.

    Source: sla.md, Command line.
    """
    options = _parser().parse_args(arguments)
    try:
        answer = options.prepare(load_description(options.catalogue))
        with _opened(options.file) as stream:
            if options.is_lines:
                return _answer_lines(answer, stream)
            _write(answer(stream.read()), indent=2)
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; what Python still flushes at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except DescriptionError as error:
        _complain(error, f"{options.catalogue}: ")
        return FAULTY
    except (OSError, SlaError) as error:
        _complain(error)
        return FAULTY
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sla", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="evaluate|credits")
    for name, prepare, text in (
        ("evaluate", _evaluating, "the clocks of a ticket, explained"),
        ("credits", _crediting, "the service credits of a month"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("file", nargs="?", default="-", help="JSON; - = standard input")
        command.add_argument(
            "--catalogue", type=Path, default=DEFAULT_DESCRIPTION, help="service description (TOML)"
        )
        command.set_defaults(prepare=prepare, is_lines=False)
        if prepare is _evaluating:
            command.add_argument(
                "--lines", dest="is_lines", action="store_true", help="one ticket and result a line"
            )
    return parser


def _evaluating(description: Description) -> Answer:
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    country = description.country
    holidays = public_holidays(country, years) if country else []
    schedule = Schedule.of(description, holidays=holidays)

    def answer(text: bytes) -> dict[str, Any]:
        clocks = evaluate(facts_from_json(read_json(text)), description, schedule, explain=True)
        return {"kpis": [clock_to_json(clock, description.zone) for clock in clocks]}

    return answer


def _crediting(description: Description) -> Answer:
    return lambda text: statement_to_json(statement_from_json(read_json(text), description))


def _answer_lines(answer: Answer, stream: BinaryIO) -> int:
    code = 0
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            _write(answer(line))
        except SlaError as error:
            _complain(error, f"line {number}: ")
            code = FAULTY
    sys.stdout.flush()
    return code


def _write(result: dict[str, Any], indent: int | None = None) -> None:
    text = json.dumps(result, ensure_ascii=False, indent=indent)
    sys.stdout.buffer.write(text.encode() + b"\n")


def _complain(error: Exception, prefix: str = "") -> None:
    texts = error.faults if isinstance(error, DocumentError) else [error]
    for text in texts:
        sys.stderr.write(f"{prefix}{text}\n")


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as stream:
            yield stream


if __name__ == "__main__":
    sys.exit(main())

"""`python -m ops_portal.core.embedded serve | portal | reset | roles`: called by run.py."""

import argparse
import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ops_portal.core.embedded import environment, roles
from ops_portal.core.embedded.commands import portal, reset_demo
from ops_portal.core.embedded.environment import PORT, ROOT
from ops_portal.core.embedded.errors import StartError, Stopped
from ops_portal.core.embedded.serve import Options, serve

INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; return the exit code."""
    given = _parser().parse_args(arguments)
    if given.verb == "portal":
        _read_the_command(given)
    data = given.data.resolve()
    try:
        if given.verb == "serve":
            serve(Options(data, given.port, wants_demo=not given.no_demo), os.environ, _say)
        elif given.verb == "reset":
            reset_demo(data, os.environ, _say)
        elif given.verb == "roles":
            _say(roles.script({name: secrets.token_urlsafe(24) for name in roles.LOGINS}))
        elif not given.arguments:
            return subprocess.call(environment.command())  # noqa: S603 (its help)
        else:
            return portal(given.arguments, data, os.environ, _say)
    except StartError as error:
        sys.stderr.write(f"portal: {error}\n")
        return 1
    except Stopped:
        return INTERRUPTED
    return 0


def _read_the_command(given: argparse.Namespace) -> None:
    """Take `--data` from behind the portal's command as well: none of them has such an option."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data", type=Path, default=given.data)
    found, given.arguments = parser.parse_known_args(given.arguments)
    given.data = found.data


def _parser() -> argparse.ArgumentParser:
    folder = Path(os.environ.get("PORTAL_DATA") or ROOT / "data")
    parser = argparse.ArgumentParser(prog="python3 run.py")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", type=Path, default=folder, help="the data folder")
    verbs = parser.add_subparsers(dest="verb", required=True)
    serve_verb = verbs.add_parser("serve", parents=[shared], help="run the portal")
    serve_verb.add_argument("--port", type=int, default=PORT)
    serve_verb.add_argument("--no-demo", action="store_true", help="begin without demonstration")
    verbs.add_parser("reset", parents=[shared], help="load the demonstration data afresh")
    verbs.add_parser(
        "roles", parents=[shared], help="print the SQL that makes database and roles elsewhere"
    )
    portal_verb = verbs.add_parser("portal", parents=[shared], help="run one of its commands")
    portal_verb.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

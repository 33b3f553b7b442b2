"""How long the real incident log takes to import, and to read again without any change.

python3 run.py bench import_log [FILE]; writes bench/results/import_log.md
"""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bench.support.stage import Stage, stage
from ops_portal.accounts.operations import add_customer
from ops_portal.app import create_app
from ops_portal.contracts.models import ServiceDescription
from ops_portal.contracts.operations import sign_contract
from ops_portal.core.actor import system_actor
from ops_portal.core.clock import now
from ops_portal.core.config import read_config
from ops_portal.core.db import db
from ops_portal.core.tenancy import Scope, scoped

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("PORTAL_SHARED") or ROOT.parent / "shared")
LOG = SHARED / "data" / "incidents" / "incident_event_log.csv.gz"
RESULT = Path(__file__).parent / "results" / "import_log.md"
CONTRACT = "C-BENCH"
WANTED_S = 180


@dataclass(frozen=True, slots=True)
class Taken:
    """What one command took."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    told: str


def main(log: Path) -> None:
    """Import the log twice into an empty portal and write down how long each took."""
    if not log.exists():
        print(f"no log at {log}: name one, or set PORTAL_SHARED", file=sys.stderr)
        sys.exit(1)
    with stage(processes=1) as running:
        _sign(running)
        first = _take(running, "incidents", str(log), "--contract", CONTRACT)
        again = _take(running, "incidents", str(log), "--contract", CONTRACT, "--again")
    load = os.getloadavg()[0]
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(_report(first, again, load), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def _sign(running: Stage) -> None:
    app = create_app(read_config(running.env))
    with app.app_context(), scoped(Scope.system("bench"), db.session):
        customer = add_customer("K-BENCH", "The log's customer", now=now())
        db.session.flush()
        sign_contract(
            customer,
            CONTRACT,
            db.session.scalars(select(ServiceDescription).limit(1)).one(),
            active_from=datetime(2016, 1, 1, tzinfo=UTC),
            elements=(),
            actor=system_actor("bench", customer.id),
            now=now(),
        )
        db.session.commit()


def _take(running: Stage, *words: str) -> Taken:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "ops_portal", "import", *words],
        env=running.env, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, after.ru_maxrss / 1024, done.stdout)


def _report(first: Taken, again: Taken, load: float) -> str:
    rows = "".join(
        f"| {name} | {t.wall_s:.1f} | {t.cpu_s:.1f} | {t.peak_mib:.0f} |\n"
        for name, t in (("first import", first), ("the same file read again", again))
    )
    return (
        "# Importing the real incident log\n\n"
        f"`portal import incidents`, start of the program included; {os.cpu_count()} cores, load"
        f" {load:.1f} at the end. Wanted: under {WANTED_S} s.\n\n"
        "| what | wall, s | CPU of the importer, s | peak memory, MiB |\n|---|---:|---:|---:|\n"
        f"{rows}\nThe first import tells:\n\n```\n{first.told}```\n\n"
        f"The second tells:\n\n```\n{again.told}```\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else LOG)

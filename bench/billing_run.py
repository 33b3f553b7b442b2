"""How long it takes to close a month, in how much memory, and what a killed run comes to.

python3 run.py bench billing_run; writes bench/results/billing_run.md

A run over 1,000 and over 10,000 contracts, each in a process of its own; then the larger one once
more on an emptied month, its process killed (SIGKILL) at five points and begun again each time.
"""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import psycopg

from bench.support.stage import Stage, stage
from ops_portal.app import create_app
from ops_portal.billing.closing import close, interrupt
from ops_portal.billing.months import Month
from ops_portal.billing.operations import start_closing
from ops_portal.billing.run_models import InvoiceRun
from ops_portal.billing.run_queries import provider_id
from ops_portal.core.actor import system_actor
from ops_portal.core.config import read_config
from ops_portal.core.db import db
from ops_portal.core.seller import Seller
from ops_portal.core.tenancy import Scope, scoped

ROOT = Path(__file__).resolve().parents[1]
RESULT = Path(__file__).parent / "results" / "billing_run.md"
MONTH = Month(2026, 5)
NOW = datetime(2026, 6, 2, 8, tzinfo=UTC)
NUMBERS = (1_000, 10_000)
WANTED_S = 60
KILLS = (2, 5, 9, 14, 19)
"""After how many chunks of 500 a process is killed, counted over the whole month."""

FILL = """
DO $$ BEGIN PERFORM set_config('portal.scope', 'system', false); END $$;
INSERT INTO customers (code, name, is_provider, language, zone, phone, created_at)
SELECT 'B-' || n, 'Bench ' || n, false, (ARRAY['fr','nl','en'])[1 + n % 3], 'Europe/Brussels', '',
       '2025-01-01' FROM generate_series({first}, {last}) n;
INSERT INTO billing_details (customer_id, legal_name, street, postal_code, city, country,
  vat_number, enterprise_number, endpoint, buyer_reference, email, version, updated_at)
SELECT id, name, 'Rue 1', '1000', 'Bruxelles', 'BE', 'BE0100000169', '0100000169', '', '',
       'x@bench.example', 1, '2025-01-01' FROM customers
 WHERE code LIKE 'B-%' AND substr(code, 3)::int BETWEEN {first} AND {last};
INSERT INTO services (customer_id, reference, name, access_owner_name, access_owner_email,
  access_owner_phone, access_owner_language, activated_at, needs_credentials, created_at)
SELECT id, 'S-' || id, 'Invoice Insights', '', '', '', 'fr',
       '2025-01-01'::timestamptz + (id % 520) * interval '1 day', false, '2025-01-01'
  FROM customers WHERE code LIKE 'B-%' AND substr(code, 3)::int BETWEEN {first} AND {last};
INSERT INTO contracts (customer_id, service_id, reference, description_id, calendar, subscription,
  options, extras, valid_from, active_from, ended_at, created_at)
SELECT s.customer_id, s.id, 'C-' || s.id, (SELECT max(id) FROM service_descriptions), 'BE',
       (ARRAY['plus','advanced'])[1 + s.id % 2], '["raw_data"]', '[]', '2025-01-01',
       s.activated_at,
       CASE WHEN s.id % 40 = 0 THEN '2026-05-20 22:00+00'::timestamptz END, '2025-01-01'
  FROM services s WHERE NOT EXISTS (SELECT FROM contracts c WHERE c.service_id = s.id);
INSERT INTO service_accounts (customer_id, service_id, number, parent_number, name, added_on,
  removed_on)
SELECT s.customer_id, s.id, 'A' || n, '', '', '2025-01-01',
       CASE WHEN n = 3 AND s.id % 7 = 0 THEN '2026-05-12'::date END
  FROM services s, generate_series(1, 3) n
 WHERE NOT EXISTS (SELECT FROM service_accounts a WHERE a.service_id = s.id);
"""
EMPTY = """
TRUNCATE invoice_run_entries, invoice_runs, charges, invoices, payment_events,
  invoice_number_series CASCADE
"""
DIGEST = """
SELECT 'invoice', number, service_id::text, net::text, vat::text, total::text FROM invoices
UNION ALL SELECT 'charge', source, position::text, quantity::text, unit_price::text, amount::text
FROM charges ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took and came to."""

    contracts: int
    wall_s: float
    peak_mib: float
    invoices: int
    total: str
    digest: str


def main() -> None:
    """Measure, and write down the figures."""
    taken: list[Taken] = []
    with stage(processes=1) as running:
        done = 0
        for number in NUMBERS:
            running.fill(FILL.format(first=done + 1, last=number))
            running.fill("ANALYZE")
            running.fill(EMPTY)
            done = number
            taken.append(_measured(running, number))
        running.fill(EMPTY)
        killed = _killed(running, NUMBERS[-1])
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(_report(taken, killed), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))
    if killed.digest != taken[-1].digest:
        sys.exit("the killed run came to something else")


def child(kill_after: int) -> None:
    """Close the month in this process; after so many services it kills itself, before the commit.

    What it took is written to the standard output.
    """
    app = create_app(read_config(os.environ))
    with app.app_context(), scoped(Scope.system("bench"), db.session):
        run = start_closing(system_actor("bench", provider_id()), MONTH, now=NOW)
        run_id, attempt = run.id, run.attempt
        db.session.commit()
        if kill_after == 0:
            interrupt(run_id, attempt, "", now=NOW)

        def watch(row: InvoiceRun) -> None:
            if kill_after > 0 and row.services_done >= kill_after * 500:
                os.kill(os.getpid(), signal.SIGKILL)

        start = time.perf_counter()
        close(run_id, attempt, Seller().snapshot(), clock=lambda: NOW, watch=watch)
        print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _measured(running: Stage, number: int) -> Taken:
    told = _child(running, -1)
    wall, peak = told.stdout.split()[-2:]
    return _taken(running, number, float(wall), float(peak) / 1024)


def _killed(running: Stage, number: int) -> Taken:
    for place in KILLS:
        died = _child(running, place)
        if died.returncode != -signal.SIGKILL:
            sys.exit(f"it was not killed after {place} chunks: {died.stderr[-2000:]}")
    told = _child(running, 0)
    return _taken(running, number, 0, float(told.stdout.split()[-1]) / 1024)


def _child(running: Stage, kill_after: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.billing_run", "child", str(kill_after)]
    return subprocess.run(
        command, env=running.env, cwd=ROOT, capture_output=True, text=True, check=False
    )


def _taken(running: Stage, number: int, wall_s: float, peak_mib: float) -> Taken:
    digest = sha256()
    with psycopg.connect(running.superuser_url) as connection:
        for row in connection.execute(DIGEST):
            digest.update(repr(row).encode())
        counted = connection.execute("SELECT count(*), sum(total) FROM invoices").fetchone()
    invoices, total = counted or (0, 0)
    return Taken(number, wall_s, peak_mib, invoices, f"{total:,}", digest.hexdigest())


def _report(taken: Sequence[Taken], killed: Taken) -> str:
    rows = "".join(
        f"| {t.contracts:,} | {t.invoices:,} | {t.total} | {t.wall_s:.1f} | {t.peak_mib:.0f} |\n"
        for t in taken
    )
    same = "the same to the cent" if killed.digest == taken[-1].digest else "SOMETHING ELSE"
    return (
        "# Closing a month\n\n"
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end. Wanted: 10,000"
        f" contracts under {WANTED_S} s, in memory that does not grow with their number.\n\n"
        "| contracts | invoices | total, EUR | wall, s | peak memory, MiB |\n"
        f"|---:|---:|---:|---:|---:|\n{rows}\n"
        f"Killed (SIGKILL) at {len(KILLS)} points, after {', '.join(map(str, KILLS))} chunks of"
        f" 500 and before their commit, and begun again each time: {killed.invoices:,} invoices,"
        f" {killed.total} EUR, {same} (numbers, lines and amounts: {killed.digest[:16]}).\n"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(int(sys.argv[2]))
    else:
        main()

"""How fast the SLA engine counts, side by side with libraries that count business time.

python3 run.py bench sla_speed; writes bench/results/sla_speed.md
"""

import gc
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import NamedTuple

from bench.support.sla_peers import Peer, peers, with_stops
from bench.support.sla_workload import (
    BRUSSELS,
    DESCRIPTION,
    TARGET_S,
    Work,
    as_batch,
    as_facts,
    instant,
    new_schedule,
    tickets,
)
from sla.batch import BatchClock
from sla.clock import evaluate
from sla.timeline import Timeline

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "bench" / "results" / "sla_speed.md"
COUNT = 100_000
EXPLAINED = 5_000
REPEATS = 7
LINES = (1_000, 10_000, 50_000)


class Rate(NamedTuple):
    """Tickets a second of CPU time: the best and the middle of some repeats."""

    best: float
    middle: float

    def __str__(self) -> str:
        """Return both, as `best (middle)`."""
        return f"{self.best:,.0f} ({self.middle:,.0f})"


def rate(run: Callable[[], object], count: int, repeats: int = REPEATS) -> Rate:
    """Return how many tickets a run measures a second, after one run to warm up."""
    run()
    times = []
    for _ in range(repeats):
        begun = process_time()
        run()
        times.append(process_time() - begun)
    return Rate(count / min(times), count / median(times))


def main() -> None:
    """Measure everything in one run and write the table."""
    begun = perf_counter()
    load = os.getloadavg()
    found = tickets(COUNT)
    gc.freeze()  # else every collection walks through the tickets, which no program would hold
    parts = [_engine(found), _peers(found), _lines(found), _machine(load, perf_counter() - begun)]
    text = "# SLA arithmetic: tickets a second\n\n" + "\n".join(parts)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text, encoding="utf-8")
    print(text)


def _engine(found: list[Work]) -> str:
    schedule = new_schedule()
    clock, batch = BatchClock(schedule), as_batch(found)
    facts = [as_facts(work) for work in found[:EXPLAINED]]

    def scalar() -> None:
        for work in found:
            Timeline(schedule, work.stops).measure(work.start, work.end, TARGET_S)

    def read(*, explain: bool) -> int:
        count = 0
        for own in facts:
            for shown in evaluate(own, DESCRIPTION, schedule, explain=explain):
                count += len(shown.segments)
        return count

    segments = read(explain=True) / EXPLAINED
    figures = clock.measure(batch)
    both = list(zip(figures.elapsed.tolist(), figures.due.tolist(), strict=True))
    differing = sum(
        Timeline(schedule, work.stops).measure(work.start, work.end, TARGET_S) != row
        for work, row in zip(found, both, strict=True)
    )
    rows = [
        ("scalar: elapsed + due, with stops", rate(scalar, COUNT), "200,000"),
        (
            "batch: elapsed + due, with stops",
            rate(lambda: clock.measure(batch), COUNT),
            "8,000,000",
        ),
        (
            f"evaluate: 3 clocks with {segments:.0f} segments",
            rate(lambda: read(explain=True), EXPLAINED),
            "15,000",
        ),
        ("evaluate: 3 clocks, no segments", rate(lambda: read(explain=False), EXPLAINED), "–"),
    ]
    lines = [f"| {name} | {result} | {wanted} |" for name, result, wanted in rows]
    stops = sum(len(work.stops) for work in found)
    return "\n".join(
        [
            f"{COUNT:,} random tickets with {stops:,} stops (0 to 4 each, some overlap, unsorted);",
            f"rates are best (median) of {REPEATS} repeats, in CPU time of one process.",
            f"Tickets on which batch and scalar differ: {differing}.",
            "",
            "| the engine | tickets/s | wanted |",
            "|---|---:|---:|",
            *lines,
            "",
        ],
    )


def _peers(found: list[Work]) -> str:
    lines = [
        "Elapsed time with stops and the due instant without, since no other library knows stops",
        "(an adapter unites, clips and subtracts them). Slow ones on a sample of the same tickets.",
        "",
        "| library | tickets tried | elapsed/s | differing | due/s | differing | note |",
        "|---|---:|---:|---:|---:|---:|---|",
        _row(_own(), found),
        *(_row(peer, found) for peer in peers()),
        "",
    ]
    return "\n".join(lines)


def _own() -> Peer:
    schedule = new_schedule()
    plain = Timeline(schedule)
    return Peer(
        "this engine, through the same adapter",
        lambda a, b: schedule.worked(b) - schedule.worked(a),
        lambda a, seconds: plain.used_at(a, seconds) or 0,
        COUNT,
    )


def _row(peer: Peer, found: list[Work]) -> str:
    schedule = new_schedule()
    tried = found[: peer.sample]

    def elapsed() -> list[float]:
        return [with_stops(peer.elapsed, work) for work in tried]

    def due() -> list[float]:
        return [peer.due(work.start, TARGET_S) for work in tried] if peer.due else []

    right = [Timeline(schedule, w.stops).elapsed(w.start, w.end) for w in tried]
    wrong = sum(a != b for a, b in zip(elapsed(), right, strict=True))
    dues = [Timeline(schedule).used_at(w.start, TARGET_S) for w in tried]
    late = sum(a != b for a, b in zip(due(), dues, strict=False))
    due_cells = f"{rate(due, len(tried), 3)} | {late:,}" if peer.due else "– | –"
    cells = [peer.name, f"{len(tried):,}", rate(elapsed, len(tried), 3), f"{wrong:,}"]
    return f"| {' | '.join(map(str, cells))} | {due_cells} | {peer.note} |"


def _lines(found: list[Work]) -> str:
    rows = []
    for count in LINES:
        seconds, peak_mib = _run_lines(found[:count])
        rows.append(f"| {count:,} | {count / seconds:,.0f} | {peak_mib:.1f} |")
    head = "`python -m sla evaluate --lines`, JSON in and out, start of the program included:"
    table = ["| incidents | incidents/s (CPU) | peak memory, MiB |", "|---:|---:|---:|"]
    return "\n".join([head, "", *table, *rows, ""])


def _run_lines(found: list[Work]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "incidents.jsonl"
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(_line(work) for work in found)
        before = _children_s()
        with (Path(folder) / "out").open("wb") as out:
            command = [sys.executable, "-m", "sla", "evaluate", "--lines", str(file)]
            program = subprocess.Popen(command, stdout=out, cwd=ROOT)
            peak = 0
            while program.poll() is None:
                peak = max(peak, _peak_kib(program.pid))
                sleep(0.02)
    if program.returncode:
        message = "the command line refused the tickets of the benchmark"
        raise RuntimeError(message)
    return _children_s() - before, peak / 1_024


def _children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _peak_kib(pid: int) -> int:
    """Return the peak of a program's memory; getrusage would count that of its parent too."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) if found else 0


def _line(work: Work) -> str:
    def text(at: int) -> str:
        return instant(at).astimezone(BRUSSELS).isoformat()

    facts = {
        "created_at": text(work.start),
        "notified_at": text(work.start - 600),
        "priorities": [{"at": text(work.start), "priority": "P1", "basis": "initial"}],
        "intervention_started_at": text((work.start + work.end) // 2),
        "resolutions": [{"at": text(work.end), "reopened_at": None}],
        "stops": [
            {"from": text(max(a, work.start)), "to": text(b), "reason": "customer"}
            for a, b, _ in work.stops
            if b > work.start
        ],
        "as_of": text(work.end),
    }
    return json.dumps(facts) + "\n"


def _machine(load: tuple[float, float, float], lasted: float) -> str:
    end = os.getloadavg()[0]
    return f"""Python {sys.version.split()[0]}, {os.cpu_count()} cores, {lasted:.0f} s in all.
Load {load[0]:.1f} at the start, {end:.1f} at the end: above 1, other work ran at the same time and
shared the CPU and its cache.
"""


if __name__ == "__main__":
    main()

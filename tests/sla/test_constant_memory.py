"""`--lines` needs no more memory for many incidents than for few. sla.md, Command line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATUS = Path("/proc/self/status")
WATCHED = """
import re, sys
from pathlib import Path
from sla.__main__ import main
main(["evaluate", "--lines"])
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
sys.stderr.write("peak " + peak.group(1))
"""
LINE = json.dumps(
    {
        "created_at": "2026-03-06T17:30:00+01:00",
        "priorities": [{"at": "2026-03-06T17:30:00+01:00", "priority": "P1", "basis": "initial"}],
        "as_of": "2026-03-20T00:00:00+01:00",
    }
)


def peak_kib(count: int) -> int:
    """Return the peak memory of a run over so many incidents."""
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", WATCHED],
        input=f"{LINE}\n" * count,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert len(done.stdout.splitlines()) == count
    return int(re.search(r"peak (\d+)", done.stderr).group(1))


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_the_number_of_lines() -> None:
    few, many = peak_kib(100), peak_kib(5_000)
    assert many - few < 2_048

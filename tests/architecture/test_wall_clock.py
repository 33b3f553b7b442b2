"""One function reads the wall clock; everything else is given `now`."""

import re

from tests.architecture.tree import ROOT, own_code

READS = re.compile(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|time\.time)\(")
ALLOWED = {
    ROOT / "ops_portal" / "core" / "clock.py",
    ROOT / "run.py",  # runs before the portal is installed
}


def test_only_the_clock_module_reads_the_wall_clock():
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in own_code()
        if path not in ALLOWED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if READS.search(line)
    ]
    assert found == []

"""Every rule of the contract that is built is cited by the code that carries it and by a test."""

import re

import pytest

from tests.architecture.tree import own_code, python_files

BUILT = (
    *(f"INC-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 11, 12)),
    *(f"SLA-{n}" for n in range(1, 8)),
    *("CAT-1", "MNT-1", "MNT-2", "MNT-3", "IMP-2", "CFG-2", "GDP-2", "TEC-3"),
    *("CRD-1", "CRD-2", "CRD-5", "CRD-8"),
    *(f"BIL-{n}" for n in range(1, 5)),
    *(f"ORD-{n}" for n in range(1, 6)),
    *("CON-4", "GDP-1", "INV-11"),
    *("IMP-1", "IMP-3", "CAT-2", "CAT-3", "CNS-1", "TRN-1"),
)
CASES = (
    *(f"T{n:02d}" for n in range(1, 23)),
    *(f"T{n:02d}" for n in (24, 25, 26, 27)),
    *(f"T{n:02d}" for n in range(29, 72)),
    *("T73", "T74", "T75", "T76", "T77"),
)
"""The cases of the SLA clock that concern what is built so far."""


def citing(files, name):
    mark = re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![0-9])")
    return [path for path in files if mark.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("rule", BUILT)
def test_code_cites(rule):
    assert citing(own_code(), rule)


@pytest.mark.parametrize("rule", BUILT)
def test_a_test_cites(rule):
    tests = [path for path in python_files("tests") if path.parent.name != "architecture"]
    assert citing(tests, rule)


@pytest.mark.parametrize("case", CASES)
def test_a_test_is_named_after_case(case):
    tests = [path for path in python_files("tests") if path.parent.name != "architecture"]
    assert any(
        re.search(rf"(?<![A-Za-z0-9]){case}(?![0-9])|_{case}_", p.read_text("utf-8")) for p in tests
    )

"""Each check of `run.py check` finds a fault of its kind: none of them passes by not looking."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import run
from ops_portal.core.embedded.environment import ROOT

FAULTS = {
    "ruff check": ("ops_portal/fault.py", "import os\n"),
    "ruff format": ("ops_portal/fault.py", "x  =  1\n"),
    "mypy": ("ops_portal/fault.py", "NUMBER: int = 'one'\n"),
    "import-linter": ("sla/fault.py", "import ops_portal\n"),
    "djlint": ("ops_portal/templates/fault.html", "<img src='x'>\n"),
    "codespell": ("docs/fault.md", "It is rec" + "ieved.\n"),
    "bandit": ("ops_portal/fault.py", "import os\nos.system('date')\n"),
}
CLEAN = {
    "sla/__init__.py": '"""The engine."""\n',
    "sla/sums.py": '"""Sums."""\n\nONE = 1\n',
    "ops_portal/__init__.py": '"""The portal."""\n',
    "ops_portal/templates/page.html": "<p>{{ text }}</p>\n",
    "run.py": '"""Run."""\n',
    "wsgi.py": '"""Serve."""\n',
    # of our own contracts, the one that a project this small can keep
    ".importlinter": """\
[importlinter]
root_packages =
  ops_portal
  sla
[importlinter:contract:engine]
name = the engine knows nobody
type = forbidden
source_modules =
  sla
forbidden_modules =
  ops_portal
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a small project with our settings and no fault."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in CLEAN.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def result_of(check: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *run.CHECKS[check]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_check_has_a_fault_to_find() -> None:
    assert set(FAULTS) == set(run.CHECKS)


@pytest.mark.parametrize("check", FAULTS)
def test_a_check_passes_what_is_clean_and_finds_a_fault(check: str, project: Path) -> None:
    clean = result_of(check, project)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    name, text = FAULTS[check]
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text(text)
    assert result_of(check, project).returncode != 0

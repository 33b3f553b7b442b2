"""`portal import …`: in the foreground, told on the terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from ops_portal.contracts.models import Contract
from ops_portal.core.config import Config
from tests.imports.logs import arranged, as_csv, looking, story

ROOT = Path(__file__).resolve().parents[2]
Portal = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def portal(app: Flask) -> Portal:
    """Return a function that runs an import command for the home contract of a world."""
    world = arranged(app)
    config: Config = app.extensions["portal.config"]
    env = os.environ | {
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "PORTAL_SECRET_KEY": config.secret_key,
        "PORTAL_AUDIT_KEY": config.audit_key,
        "PORTAL_DATA": str(config.data),
    }
    with looking(app, world) as session:
        contract = session.get_one(Contract, world.home.contract_id).reference

    def run(*arguments: object, named: bool = True) -> subprocess.CompletedProcess[str]:
        words = [str(argument) for argument in arguments]
        words += ["--contract", contract] if named else []
        command = [sys.executable, "-m", "ops_portal", "import", *words]
        return subprocess.run(  # noqa: S603 (our own program)
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    rows = [*story("A"), *story("B", sys_created_at="?"), *story("C", priority="?")]
    path.write_text(as_csv(rows))
    return path


def test_a_log_is_imported_told_and_recognised(portal: Portal, log: Path) -> None:
    result = portal("incidents", log)
    assert result.returncode == 0, result.stderr
    assert "rows: 18 read = 11 imported + 1 repaired + 0 unchanged + 6 refused" in result.stdout
    assert "repair created_missing: 1 (first on line 8)" in result.stdout
    assert "refusal priority_missing: 1 (first on line 14)" in result.stdout
    assert "nothing was changed" in portal("incidents", log).stdout
    again = portal("incidents", log, "--again")
    assert "incidents: 3 read = 0 imported + 0 added to + 2 unchanged + 1 refused" in again.stdout


def test_without_a_contract_the_command_lists_them(portal: Portal, log: Path) -> None:
    result = portal("incidents", log, named=False)
    assert result.returncode == 1
    assert "Name an active contract. There are: C-" in result.stderr


def test_a_broken_file_ends_with_an_error_and_its_line(portal: Portal, log: Path) -> None:
    log.write_text(log.read_text() + '"D,\n')
    result = portal("incidents", log)
    assert result.returncode == 1
    assert "line 20" in result.stdout


def test_the_lines_are_json_and_refusals_go_to_standard_error(portal: Portal, log: Path) -> None:
    result = portal("as-lines", log)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["created_at"] for line in found] == [
        "2016-03-07T08:10:00+00:00",
        "2016-03-07T08:00:00+00:00",
    ]
    assert "line 14: priority_missing" in result.stderr


def test_a_mapping_can_be_a_file_and_a_wrong_name_lists_the_known_ones(
    portal: Portal, log: Path, tmp_path: Path
) -> None:
    assert "helpdesk-tickets" in portal("incidents", log, "--mapping", "nobody").stderr
    own = tmp_path / "own.toml"
    own.write_text("format = 1\n")
    assert "priority" in portal("incidents", log, "--mapping", own).stderr


def test_a_file_that_fits_no_mapping_is_told(portal: Portal, log: Path) -> None:
    log.write_text("a,b\n1,2\n")
    assert "No mapping fits" in portal("incidents", log).stderr

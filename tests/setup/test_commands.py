"""The portal's commands: what they refuse, and how they end."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from ops_portal import cli
from ops_portal.core.embedded import __main__ as embedded
from tests.setup.starting import run


def test_an_invitation_goes_to_an_address_only() -> None:
    told = CliRunner().invoke(cli.main, ["people", "invite", "nonsense"])
    assert told.exit_code == 1
    assert "nonsense is not an e-mail address" in told.output


@pytest.mark.parametrize(("answer", "code"), [(200, 0), (503, 1)])
def test_the_status_of_a_portal_that_is_not_ready_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, answer: int, code: int
) -> None:
    app = Flask(__name__)
    app.add_url_rule("/readyz", view_func=lambda: ({"status": "x"}, answer))
    monkeypatch.setattr(cli, "_app", lambda: (app, None))
    told = CliRunner().invoke(cli.main, ["status"])
    assert told.output == '{"status": "x"}\n'
    assert told.exit_code == code


@pytest.mark.parametrize(
    ("given", "queues"),
    [([], ("mail", "default", "imports")), (["mail", "default"], ("mail", "default"))],
)
def test_a_worker_listens_to_the_queues_it_is_given(
    monkeypatch: pytest.MonkeyPatch, given: list[str], queues: tuple[str, ...]
) -> None:
    heard: list[tuple[str, ...]] = []
    monkeypatch.setattr(cli, "create_app", lambda: None)
    monkeypatch.setattr(cli, "work", lambda _app, names, **_options: heard.append(names))
    assert CliRunner().invoke(cli.main, ["worker", *given]).exit_code == 0
    assert heard == [queues]


@pytest.mark.parametrize(
    "words",
    [["--data", "there", "status"], ["status", "--data", "there"], ["status", "--data=there"]],
)
def test_the_data_folder_is_named_before_or_after_the_command(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    called: list[tuple[list[str], Path]] = []

    def note(arguments: list[str], data: Path, *_others: object) -> int:
        called.append((arguments, data))
        return 0

    monkeypatch.setattr(embedded, "portal", note)
    assert embedded.main(["portal", *words]) == 0
    assert called == [(["status"], Path("there").resolve())]


def test_no_command_prints_the_commands(tmp_path: Path) -> None:
    told = run("portal", "--data", tmp_path)
    assert "people" in told.stdout + told.stderr
    assert "Traceback" not in told.stderr

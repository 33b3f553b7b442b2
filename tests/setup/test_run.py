"""`run.py` itself: what it reuses, what it refuses, and in which words."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

import run
from tests.setup.starting import run as start

LOCK = """\
# made by hand
alpha-beta==1.2 \\
    --hash=sha256:00
Gamma.Delta==3.0 ; sys_platform == 'win32' \\
    --hash=sha256:01
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(LOCK)
    return path


def environment(folder: Path, *packages: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    for package in packages:
        (folder / f"lib/python3.11/site-packages/{package}.dist-info").mkdir(parents=True)
    return folder


def test_an_environment_with_every_locked_package_is_reused(lock: Path, tmp_path: Path) -> None:
    assert run.is_complete(environment(tmp_path / "a", "Alpha_Beta-1.2", "extra-9"), lock)
    assert not run.is_complete(environment(tmp_path / "b", "alpha_beta-1.3"), lock)
    assert not run.is_complete(environment(tmp_path / "c"), lock)
    assert not run.is_complete(tmp_path, lock)


def test_the_stamp_names_the_lock_and_the_python(tmp_path: Path) -> None:
    folder = environment(tmp_path / "venv")
    (folder / "stamp").write_text("one")
    assert not run.is_stamped(folder, "one")  # its Python is gone
    (folder / "bin" / "python").touch()
    assert run.is_stamped(folder, "one")
    assert not run.is_stamped(folder, "two")


def test_nothing_is_installed_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "install", lambda *_: pytest.fail("it installed"))
    assert run.environment("serve") == sys.executable
    assert run.environment("test") == sys.executable


@pytest.mark.parametrize(
    ("system", "machine", "libc", "line"),
    [
        ("Windows", "AMD64", ("", ""), "Windows on AMD64 is not supported"),
        ("Linux", "riscv64", ("glibc", "2.36"), "Linux on riscv64 is not supported"),
        ("Linux", "x86_64", ("musl", "1.2.5"), "no glibc 2.28 or newer"),
        ("Linux", "x86_64", ("glibc", "2.17"), "no glibc 2.28 or newer"),
    ],
)
def test_an_unsupported_platform_is_one_line(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, libc: tuple[str, str], line: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: libc)
    with pytest.raises(SystemExit, match=line):
        run.refuse_platform()


def test_a_python_without_venv_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, lock: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(run, "usable_uv", lambda: None)
    monkeypatch.setattr(run, "find_spec", lambda name: None if name == "ensurepip" else True)
    with pytest.raises(SystemExit, match=r"apt install python3\.\d+-venv"):
        run.install(tmp_path / "venv", lock)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("NewConnectionError: Temporary failure in name resolution", "is there a network"),
        ("error: dns error: failed to lookup address", "is there a network"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "DO NOT MATCH THE HASHES"),
    ],
)
def test_a_failed_installation_is_one_line_and_a_log(tmp_path: Path, said: str, line: str) -> None:
    failing = [sys.executable, "-c", f"import sys; print('more', flush=True); sys.exit({said!r})"]
    with pytest.raises(SystemExit, match=line):
        run.run_logged(failing, tmp_path / ".venv-serve")
    assert said in (tmp_path / ".venv-serve.log").read_text()


def test_a_uv_that_does_not_run_is_passed_by(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "uv"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run.usable_uv() is None


def test_where_uv_fails_pip_is_tried(
    monkeypatch: pytest.MonkeyPatch, lock: Path, tmp_path: Path
) -> None:
    commands: list[str] = []
    monkeypatch.setattr(run, "usable_uv", lambda: "/bin/false")
    monkeypatch.setattr(run, "run_logged", lambda command, _: commands.append(" ".join(command)))
    run.install(tmp_path / "venv", lock)
    assert len(commands) == 2
    assert "-m venv" in commands[0]
    assert "-m pip install" in commands[1]
    assert "--require-hashes --only-binary :all:" in commands[1]


def test_tests_run_in_parallel_unless_told_otherwise() -> None:
    assert "-n" in run.parallel(())
    assert "-n" not in run.parallel(("-n0",))
    assert "-n" not in run.parallel(("--pdb",))


def test_tests_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = start("test", "-n0", "-q", "--collect-only", "tests/setup/test_run.py")
    assert told.returncode == 0
    assert "test_tests_are_found_from_any_folder" in told.stdout


def test_an_unknown_word_prints_the_usage() -> None:
    told = start("please")
    assert told.returncode == 2
    assert told.stdout == run.USAGE
    assert start("--help").returncode == 0


def test_an_old_python_is_refused_before_anything_else() -> None:
    code = (
        "import sys, runpy; sys.version_info = (3, 10, 0)\n"
        f"sys.argv = ['run.py', 'serve']; runpy.run_path({run.__file__!r}, run_name='__main__')"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith("portal: Python 3.11 or newer is needed, this is ")


def test_an_unknown_benchmark_is_one_line() -> None:
    told = start("bench", "no-such")
    assert told.returncode == 1
    assert told.stderr.startswith("portal: there is no benchmark no-such")

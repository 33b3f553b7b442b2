#!/usr/bin/env python3
"""Set up the portal and run it: `python3 run.py serve`. The standard library is all this needs."""

from __future__ import annotations  # an older Python shall reach the line that refuses it

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

USAGE = """\
usage: python3 run.py COMMAND

  serve [--port N] [--data FOLDER] [--no-demo]   run the portal; Ctrl-C ends it
  test [pytest arguments]                        run the tests
  check                                          run the linters and type checks, as CI does
  bench [name]                                   run the benchmarks
  demo --reset [--data FOLDER]                   load the demonstration data afresh
  portal [--data FOLDER] COMMAND …               run one of the portal's own commands
  roles                                          print SQL for a PostgreSQL server of your own
"""
ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
OLDEST_GLIBC = (2, 28)
LOCKS = {
    "serve": "requirements.txt",
    "test": "requirements-dev.txt",
    "bench": "requirements-bench.txt",
}
WITHOUT_WHEELS = ("business-duration", "pymeeus")  # peers of the benchmarks, built from source
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as lint; lint()"
CHECKS = {
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "import-linter": ("-c", LINT_IMPORTS, "--no-cache"),
    "djlint": ("-m", "djlint", "ops_portal/templates", "--lint", "--quiet"),
    "codespell": ("-m", "codespell_lib", "."),
    "bandit": ("-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "sla", "ops_portal", "run.py"),
}


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; return the exit code."""
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", ())
    if verb in ("serve", "portal", "roles"):
        start("serve", "-m", "ops_portal.core.embedded", verb, *rest)
    if verb == "demo":
        words = [word for word in rest if word != "--reset"]
        is_reset = len(words) < len(rest)
        asked = ("reset", *words) if is_reset else ("portal", "demo", *rest)
        start("serve", "-m", "ops_portal.core.embedded", *asked)
    if verb == "test":
        os.chdir(ROOT)
        start("test", "-m", "pytest", *parallel(rest), *rest)
    if verb == "check":
        return check()
    if verb == "bench":
        return bench(rest)
    sys.stdout.write(USAGE)
    return 0 if verb in ("help", "-h", "--help") else 2


def start(kind: str, *arguments: str) -> None:
    """Become the program, in the environment it needs."""
    python = environment(kind)
    os.execve(python, [python, "-P", *arguments], variables())  # noqa: S606 (our own program)


def variables() -> dict[str, str]:
    """Return the environment variables of everything that runs from here."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONTZPATH": ""}
    env.pop("PYTHONHOME", None)
    return env


def parallel(given: Sequence[str]) -> tuple[str, ...]:
    """Return the options that spread the tests over the processors, unless some were given."""
    is_told = any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in given)
    return (f"--rootdir={ROOT}", *(() if is_told else ("-n", "auto", "--dist", "loadgroup")))


def check() -> int:
    """Run every check, two at a time, and print which of them failed and why."""
    python = environment("test")

    def run(name: str) -> tuple[str, int, str]:
        result = subprocess.run(  # noqa: S603 (our own tools)
            [python, *CHECKS[name]],
            cwd=ROOT,
            env=variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return name, result.returncode, result.stdout

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, CHECKS))
    for name, code, text in results:
        if code:
            print(f"--- {name}\n{text.strip()}\n")
    for name, code, _text in results:
        print(f"{'FAILED' if code else 'ok':7} {name}")
    return 1 if any(code for _name, code, _text in results) else 0


def bench(names: Sequence[str]) -> int:
    """Run the benchmarks of those names, or all."""
    known = sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py"))
    for name in names[:1]:
        if name not in known:
            fail(f"there is no benchmark {name}: choose one of {', '.join(known)}")
    python = environment("bench")
    codes = [
        subprocess.call(  # noqa: S603 (our own program)
            [python, "-P", "-m", f"bench.{name}", *names[1:]], cwd=ROOT, env=variables()
        )
        for name in names[:1] or known
    ]
    return max(codes, default=0)


# --- the environment ------------------------------------------------------------------------------


def environment(kind: str) -> str:
    """Return the Python of an environment with exactly the locked packages, made if need be."""
    lock = ROOT / LOCKS[kind]
    for python in (sys.executable, str(ROOT / ".venv/bin/python")):
        if is_complete(Path(python).parent.parent, lock):
            return python
    folder = home() / f".venv-{kind}"
    python = str(folder / "bin" / "python")
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if not is_stamped(folder, wanted):
        with only_one(folder):
            if not is_stamped(folder, wanted):
                install(folder, lock)
                (folder / "stamp").write_text(wanted)
    return python


def is_complete(prefix: Path, lock: Path) -> bool:
    """Whether an environment has every package of the lock in that version (those for all)."""
    if not (prefix / "pyvenv.cfg").exists():
        return False
    found = prefix.glob("lib/python3*/site-packages/*.dist-info")
    have = {canonical(*path.name.removesuffix(".dist-info").rsplit("-", 1)) for path in found}
    pins = re.findall(r"^(\S+)==([^\s;]+) \\$", lock.read_text(), re.MULTILINE)
    return have >= {canonical(name, version) for name, version in pins}


def canonical(name: str, version: str) -> str:
    """Return a package and its version as lock files and folders can be compared."""
    return f"{re.sub('[-_.]+', '-', name).lower()}=={version}"


def is_stamped(folder: Path, wanted: str) -> bool:
    """Whether the environment was finished for this lock and this Python, and is still there."""
    stamp = folder / "stamp"
    is_there = stamp.exists() and (folder / "bin" / "python").exists()
    return is_there and stamp.read_text() == wanted


def home() -> Path:
    """Return where environments are made: here, or in the user's cache where this is read-only."""
    if os.access(ROOT, os.W_OK):
        return ROOT
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    folder = cache / f"assist-care-portal-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Let one process make the environment while others wait."""
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install(folder: Path, lock: Path) -> None:
    """Make the environment from the lock: hashes required, wheels only."""
    refuse_platform()
    print(f"installing the packages of {lock.name} (once, about a minute) …", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    python = str(folder / "bin" / "python")
    locked = ["--require-hashes", "--only-binary", ":all:"]
    if lock.name == LOCKS["bench"]:
        locked += [f"--no-binary={name}" for name in WITHOUT_WHEELS]
    uv = usable_uv()
    if uv:
        made = [uv, "venv", "-q", "--python", sys.executable, str(folder)]
        sync = [uv, "pip", "sync", "-q", "--python", python, *locked, str(lock)]
        if succeeds(made) and succeeds(sync):
            return
        shutil.rmtree(
            folder, ignore_errors=True
        )  # pip may know a proxy or a mirror that uv does not
    if not (find_spec("venv") and find_spec("ensurepip")):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        fail(
            "this Python has no venv module:"
            f" run apt install python{version}-venv (Debian, Ubuntu), or install uv"
        )
    run_logged([sys.executable, "-m", "venv", str(folder)], folder)
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
    run_logged([*pip, *locked, "-r", str(lock)], folder)


def succeeds(command: Sequence[str]) -> bool:
    """Run a command silently and say whether it succeeded."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def usable_uv() -> str | None:
    """Return uv where it is installed and runs."""
    uv = shutil.which("uv")
    if uv is None:
        return None
    return uv if succeeds([uv, "--version"]) else None


def refuse_platform() -> None:
    """End where the packages of the lock have no wheels."""
    system, machine = platform.system(), platform.machine()
    supported = {"Linux": ("x86_64", "aarch64"), "Darwin": ("arm64",)}
    if machine not in supported.get(system, ()):
        fail(f"{system} on {machine} is not supported: use Linux (x86-64, arm64) or macOS (arm64)")
    name, version = platform.libc_ver()
    if system == "Linux":
        numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
        if name != "glibc" or numbers < OLDEST_GLIBC:
            fail("this Linux has no glibc 2.28 or newer: use Debian 10, Ubuntu 20.04 or newer")


NETWORK = (
    "connection", "network", "name resolution", "dns error", "timed out", "error sending request",
    "failed to fetch", "no matching distribution", "max retries",
)  # fmt: skip


def run_logged(command: Sequence[str], folder: Path) -> None:
    """Run a step of the installation; say in one line what went wrong."""
    result = subprocess.run(  # noqa: S603 (pip, uv, venv)
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if result.returncode == 0:
        return
    log = folder.with_name(f"{folder.name}.log")
    log.write_text(result.stdout)
    text = result.stdout.lower()
    if any(sign in text for sign in NETWORK):
        fail(f"the packages cannot be downloaded: is there a network? (details: {log})")
    lines = [line for line in result.stdout.splitlines() if line.strip()] or ["no reason given"]
    fail(f"the packages cannot be installed: {lines[-1].strip()} (details: {log})")


def fail(message: str) -> None:
    """End with one line."""
    sys.exit(f"portal: {message}")


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        fail(f"Python 3.11 or newer is needed, this is {platform.python_version()}")
    sys.exit(main(sys.argv[1:]))

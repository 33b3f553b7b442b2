"""`pyproject.toml`, `uv.lock` and the exported requirements say the same."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import run
from ops_portal.core.embedded.environment import ROOT

PROJECT = "assist-care-portal"
Package = Mapping[str, Any]
EXPORT = {
    "requirements.txt": "uv export --no-dev --format requirements-txt --no-emit-project",
    "requirements-dev.txt": "uv export --format requirements-txt --no-emit-project",
    "requirements-bench.txt": "uv export --group bench --format requirements-txt --no-emit-project",
}
GROUPS = {
    "requirements.txt": (),
    "requirements-dev.txt": ("dev",),
    "requirements-bench.txt": ("dev", "bench"),
}


@pytest.fixture(scope="module")
def locked() -> dict[str, Package]:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return {package["name"]: package for package in packages}


def test_the_lock_was_made_from_the_project_as_it_is(locked: dict[str, Package]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    metadata = locked[PROJECT]["metadata"]
    assert requirements(metadata["requires-dist"]) == named(project["project"]["dependencies"])
    for group, lines in project["dependency-groups"].items():
        assert requirements(metadata["requires-dev"][group]) == named(lines)


@pytest.mark.parametrize("file", EXPORT)
def test_the_requirements_are_the_lock_with_every_hash(
    locked: dict[str, Package], file: str
) -> None:
    names = reachable(locked, GROUPS[file])
    assert exported(ROOT / file) == {name: pin(locked[name]) for name in names}, (
        f"run: {EXPORT[file]} -o {file}"
    )


def test_only_peers_of_the_benchmarks_come_without_a_wheel(locked: dict[str, Package]) -> None:
    without = {name for name, package in locked.items() if not package.get("wheels")}
    assert without == {PROJECT, *run.WITHOUT_WHEELS}
    assert without.isdisjoint(reachable(locked, ("dev",)))


def requirements(entries: list[Package]) -> set[str]:
    return {
        f"{entry['name']}{'[' + ','.join(entry['extras']) + ']' if 'extras' in entry else ''}"
        f"{','.join(sorted(entry.get('specifier', '').split(',')))}"
        for entry in entries
    }


def named(lines: list[str]) -> set[str]:
    parts = (re.fullmatch(r"([\w.-]+)(\[.*\])?(.*)", line) for line in lines)
    return {
        f"{found[1]}{found[2] or ''}{','.join(sorted(found[3].split(',')))}"
        for found in parts
        if found
    }


def reachable(locked: dict[str, Package], groups: tuple[str, ...]) -> set[str]:
    project = locked[PROJECT]
    waiting = list(project["dependencies"])
    for group in groups:
        waiting += project["dev-dependencies"][group]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while waiting:
        entry = waiting.pop()
        key = (entry["name"], tuple(entry.get("extra", ())))
        if key not in seen:
            seen.add(key)
            waiting += needs(locked[key[0]], key[1])
    return {name for name, _extras in seen}


def needs(package: Package, extras: tuple[str, ...]) -> Iterator[Package]:
    yield from package.get("dependencies", ())
    for extra in extras:
        yield from package.get("optional-dependencies", {}).get(extra, ())


def pin(package: Package) -> tuple[str, frozenset[str]]:
    files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
    return package["version"], frozenset(file["hash"] for file in files)


def exported(path: Path) -> dict[str, tuple[str, frozenset[str]]]:
    found = {}
    for block in re.split(r"\n(?=[a-z0-9])", path.read_text()):
        if head := re.match(r"([a-z0-9.-]+)==([^ ;]+)", block):
            found[head[1]] = (head[2], frozenset(re.findall(r"--hash=(sha256:\w+)", block)))
    return found

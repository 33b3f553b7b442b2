"""Taking files in: once per content, under their hash, never under the name they came with."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from ops_portal.core.errors import RefusedError
from ops_portal.core.files import plain_name
from ops_portal.imports.jobs import KEEP_FILES, purge
from ops_portal.imports.storage import path_of, store
from tests.imports.logs import NOW, arranged, as_csv, begun, data_of, done, story
from tests.portal import acting


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    first = store(io.BytesIO(b"one"), "a.csv", tmp_path)
    second = store(io.BytesIO(b"one"), "b.csv", tmp_path)
    assert first.path == second.path == path_of(tmp_path, first.hash)
    assert [p.name for p in (tmp_path / "imports").iterdir()] == [first.hash]
    assert first.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\may.csv", "may.csv"),
        ("a\x1b[31mb\n.csv", "a[31mb.csv"),
        ("", "log.csv"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_name_is_only_a_name(name: str, kept: str) -> None:
    assert plain_name(name, "log.csv") == kept


def test_a_file_too_large_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="larger than"):
        store(io.BytesIO(b"x" * 3_000_000), "a.csv", tmp_path, limit=2_000_000)
    assert list((tmp_path / "imports").iterdir()) == []


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="empty"):
        store(io.BytesIO(b""), "a.csv", tmp_path)


def test_files_are_deleted_a_month_after_their_import_unless_it_can_go_on(app: Flask) -> None:
    world = arranged(app)
    ended, _ = begun(app, world, as_csv(story("A")))
    begun(app, world, as_csv(story("B")))
    done(app, ended)
    folder = data_of(app) / "imports"
    for file in folder.iterdir():
        os.utime(file, (0, 0))
    with acting(app):
        purge(now=NOW + KEEP_FILES)
        assert len(list(folder.iterdir())) == 2
        purge(now=NOW + KEEP_FILES + timedelta(seconds=1))
        assert len(list(folder.iterdir())) == 1

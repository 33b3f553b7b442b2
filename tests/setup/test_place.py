"""Data folders: private, deep, shared, or in use."""

import os
import stat
from pathlib import Path

import pytest

from ops_portal.core.embedded import place
from ops_portal.core.embedded.errors import StartError


def test_a_new_data_folder_is_private(tmp_path: Path) -> None:
    where = place.open_place(tmp_path / "data")
    assert stat.S_IMODE(where.data.stat().st_mode) == 0o700
    place.leave(where)


def test_a_deep_folder_gets_its_sockets_in_a_short_one(tmp_path: Path) -> None:
    where = place.open_place(tmp_path.joinpath(*["a-rather-long-name"] * 8))
    assert len(str(where.run) + place.LONGEST_SOCKET) <= place.SOCKET_PATH_LIMIT
    assert (where.data / "run").exists()
    place.leave(where)
    assert not where.run.exists()
    assert not (where.data / "run").is_symlink()


def test_a_link_to_somebody_elses_folder_is_not_followed(tmp_path: Path) -> None:
    data = tmp_path.joinpath(*["a-rather-long-name"] * 8)
    data.mkdir(parents=True)
    trap = tmp_path / "trap"
    (data / "run").symlink_to(trap)  # points nowhere yet
    where = place.open_place(data)
    assert where.run != trap
    assert not trap.exists()
    place.leave(where)


def test_a_second_instance_is_refused_and_told_who_has_the_folder(tmp_path: Path) -> None:
    where = place.open_place(tmp_path / "data")
    assert not place.is_in_use(where)
    with place.sole_use(where):
        assert place.is_in_use(where)
        pattern = f"is in use by process {os.getpid()}: stop that one"
        with pytest.raises(StartError, match=pattern), place.sole_use(where):
            pass
    with place.sole_use(where):
        pass
    place.leave(where)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be used"):
        place.open_place(tmp_path / "file" / "data")

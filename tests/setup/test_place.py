"""Data folders: private, deep, shared, or in use."""

import os
import pwd
import stat
from pathlib import Path

import pytest

from ops_portal.core.embedded import commands, keys, place
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
    data.mkdir(mode=0o700, parents=True)
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


def test_the_sockets_of_a_running_portal_are_left_alone(tmp_path: Path) -> None:
    data = tmp_path.joinpath(*["a-rather-long-name"] * 8)
    where = place.open_place(data)
    with place.sole_use(where):
        assert place.open_place(data) == where
        hidden = where.run.rename(where.run.with_name(f"{where.run.name}.hidden"))
        with pytest.raises(StartError, match=r"is in use by process .* cannot be seen from here"):
            place.open_place(data)
        assert (data / "run").readlink() == where.run
        hidden.rename(where.run)
    place.leave(where)


def test_a_portal_of_another_user_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = place.open_place(tmp_path / "data")
    keys.load_or_make(where.data)
    (where.run / "socket").touch()
    owner = pwd.getpwuid(os.geteuid()).pw_name
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(StartError, match=f"belongs to the user {owner}: run this as them"):
        place.open_place(where.data)
    with pytest.raises(StartError, match=f"belongs to the user {owner}: run this as them"):
        commands.portal(["status"], where.data, {}, print)
    assert (where.run / "socket").exists()
    monkeypatch.undo()
    place.leave(where)


def test_an_open_folder_of_a_portal_is_closed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)
    where = place.open_place(tmp_path / "data")
    assert stat.S_IMODE(where.data.stat().st_mode) == 0o700
    place.leave(where)


def test_an_open_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o755)
    (tmp_path / "shared" / "letter").touch()
    with pytest.raises(StartError, match="is open to other users"):
        place.open_place(tmp_path / "shared")
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755

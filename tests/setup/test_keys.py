"""The keys of an embedded installation: made once, for their owner's eyes only."""

import json
import stat
from pathlib import Path

import pytest

from ops_portal.core.embedded import keys
from ops_portal.core.embedded.errors import StartError


def test_the_first_start_makes_long_random_keys_in_a_private_file(tmp_path: Path) -> None:
    made = keys.load_or_make(tmp_path)
    assert stat.S_IMODE((tmp_path / keys.FILE).stat().st_mode) == 0o600
    assert set(made) == set(keys.NAMES)
    assert len(set(made.values())) == len(keys.NAMES)
    assert min(len(value) for value in made.values()) >= 32


def test_the_next_start_finds_the_same_keys(tmp_path: Path) -> None:
    assert keys.load_or_make(tmp_path) == keys.load_or_make(tmp_path)


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    keys.load_or_make(tmp_path)
    (tmp_path / keys.FILE).chmod(0o640)
    with pytest.raises(StartError, match="can be read by other users: run chmod 600"):
        keys.load_or_make(tmp_path)


def test_lost_keys_are_never_replaced_while_the_data_are_there(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    with pytest.raises(StartError, match="put the file back"):
        keys.load_or_make(tmp_path)
    assert not (tmp_path / keys.FILE).exists()


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"secret_key": "only one"})])
def test_a_damaged_file_is_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / keys.FILE
    file.touch(0o600)
    file.write_text(text)
    with pytest.raises(StartError, match="is damaged"):
        keys.load_or_make(tmp_path)

"""Reading: rows by incident, in constant memory, every damaged row told by its line."""

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from ops_portal.imports import reading
from ops_portal.imports.mapping import MappingError, parse_mapping, shipped
from ops_portal.imports.reading import Block, LogBrokenError, open_log
from tests.imports.logs import EVENTS, as_csv, event, mapping_of, story

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: bytes) -> Path:
        path = tmp_path / "log"
        path.write_bytes(content)
        return path

    return to_file


def blocks(path: Path, mapping=None) -> list[Block]:
    with open_log(path, mapping or mapping_of()) as log:
        return list(log.blocks())


def shape(found: list[Block]) -> list[tuple[str, list[int], list[str]]]:
    return [(b.reference, b.lines, [f.code for f in b.faults]) for b in found]


TWO = as_csv([*story("A")[:2], *story("B")[:1]])


def test_the_rows_of_an_incident_come_together_with_their_lines(write: Write) -> None:
    assert shape(blocks(write(TWO.encode()))) == [("A", [2, 3], []), ("B", [4], [])]


def test_a_packed_file_reads_as_a_plain_one(write: Write) -> None:
    plain = blocks(write(TWO.encode()))
    assert blocks(write(gzip.compress(TWO.encode()))) == plain


def test_a_mark_at_the_begin_of_the_file_is_no_part_of_the_first_column(write: Write) -> None:
    assert len(blocks(write(b"\xef\xbb\xbf" + TWO.encode()))) == 2


def test_a_cell_may_hold_a_line_break_and_the_lines_are_still_right(write: Write) -> None:
    rows = [event("A", "New", "7/3/2016 09:10", category="one\ntwo"), *story("B")[:1]]
    assert shape(blocks(write(as_csv(rows).encode()))) == [("A", [2], []), ("B", [4], [])]


def test_missing_columns_are_named_with_their_place_in_the_mapping(write: Write) -> None:
    with pytest.raises(MappingError) as caught:
        blocks(write(b"number,opened_at\nA,1/1/2016 00:00\n"))
    assert "columns.state = 'incident_state'" in caught.value.message
    assert "number, opened_at" in caught.value.message


def test_an_empty_file_has_no_columns(write: Write) -> None:
    with pytest.raises(MappingError):
        blocks(write(b""))


def test_a_row_with_too_few_cells_spoils_its_incident_only(write: Write) -> None:
    lines = TWO.splitlines()
    lines.insert(2, "A,only,three")
    found = shape(blocks(write("\n".join(lines).encode())))
    assert found == [("A", [2, 3, 4], ["row_shape"]), ("B", [5], [])]


def test_a_row_without_an_incident_stands_alone_and_cuts_nothing_in_two(write: Write) -> None:
    rows = story("A")[:2]
    rows.insert(1, event("?", "New", "7/3/2016 09:20"))
    found = shape(blocks(write(as_csv(rows).encode())))
    assert found == [("", [3], ["incident_missing"]), ("A", [2, 4], [])]


def test_a_row_in_another_encoding_is_refused_by_its_line(write: Write) -> None:
    text = as_csv([event("A", "New", "7/3/2016 09:10", category="caf\u00e9"), *story("B")[:1]])
    found = shape(blocks(write(text.encode("cp1252"))))
    assert found == [("A", [2], ["row_encoding"]), ("B", [3], [])]


def test_a_nul_is_no_text(write: Write) -> None:
    text = as_csv([event("A", "New", "7/3/2016 09:10", category="x\0y")])
    assert shape(blocks(write(text.encode()))) == [("A", [2], ["row_encoding"])]


def test_rows_that_come_back_later_are_refused(write: Write) -> None:
    text = as_csv([*story("A")[:1], *story("B")[:1], *story("A")[1:2]])
    assert shape(blocks(write(text.encode())))[2] == ("A", [4], ["rows_apart"])


def test_a_damaged_first_row_refuses_the_incident_that_follows(write: Write) -> None:
    lines = as_csv([*story("A")[:1], *story("B")[:2]]).splitlines()
    lines.insert(2, "B,short")
    found = shape(blocks(write("\n".join(lines).encode())))
    assert found[1:] == [("A", [2], []), ("B", [4, 5], ["row_of_refused"])]


def test_scattered_rows_are_gathered_where_the_mapping_says_so(write: Write) -> None:
    mapping = parse_mapping(shipped()[EVENTS].replace('"together"', '"scattered"'))
    text = as_csv([*story("A")[:1], *story("B")[:1], *story("A")[1:2]])
    found = shape(blocks(write(text.encode()), mapping))
    assert found == [("A", [2, 4], []), ("B", [3], [])]


@pytest.mark.parametrize("cut", [20, 200, -8])
def test_a_file_that_was_cut_off_says_after_which_line(write: Write, cut: int) -> None:
    path = write(gzip.compress(as_csv(story("A") * 40).encode())[:cut])
    with pytest.raises(LogBrokenError, match="damaged or cut off after line"):
        blocks(path)


def test_a_quote_that_never_ends_is_told_with_its_line(write: Write) -> None:
    with pytest.raises(LogBrokenError, match="no CSV from line 5"):
        blocks(write(TWO.encode() + b'"C,New\n'))


def test_a_small_file_cannot_become_an_endless_one(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 100_000)
    bomb = gzip.compress(TWO.encode() + b"A" * 10_000_000)
    with pytest.raises(LogBrokenError, match="1 GiB"):
        blocks(write(bomb))


def test_memory_does_not_grow_with_the_file(write: Write) -> None:
    def peak(number: int) -> int:
        rows = (row for n in range(number) for row in story(f"INC{n:06d}"))
        path = write(gzip.compress(as_csv(rows).encode()))
        tracemalloc.start()
        with open_log(path, mapping_of()) as log:
            for _block in log.blocks():
                pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = peak(300), peak(3_000)
    # what is remembered of each incident is its number, about a hundred bytes
    assert large - small < 2_700 * 300

"""Mappings: data that describe a log, refused with the place of each fault."""

import pytest

from ops_portal.imports.mapping import MAX_BYTES, MappingError, parse_mapping, shipped
from tests.imports.logs import EVENTS, TICKETS

GOOD = shipped()[EVENTS]


def refusal(text: str) -> str:
    with pytest.raises(MappingError) as caught:
        parse_mapping(text)
    return caught.value.message


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_shipped_mapping_can_be_used_and_is_called_as_its_file(name: str) -> None:
    assert parse_mapping(shipped()[name]).name == name


def test_two_tools_are_described_without_code() -> None:
    assert {EVENTS, TICKETS} <= set(shipped())


def test_what_is_not_toml_is_refused_with_its_line() -> None:
    assert "line 3" in refusal("format = 1\nname = 'x'\ntitle = \n")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"4 - Low" = "P4"', '"4 - Low" = "P9"', "priority.values.4 - Low"),
        ('zone = "Europe/Brussels"', 'zone = "Europe/Bruges"', "time.zone"),
        ('encoding = "utf-8"', 'encoding = "utf-99"', "file.encoding"),
        ('encoding = "utf-8"', 'encoding = "rot13"', "file.encoding"),
        ('delimiter = ","', 'delimiter = ";;"', "file.delimiter"),
        ('incidents = "together"', 'incidents = "around"', "file.incidents"),
        ('"Active" = "working"', '"Active" = "wrking"', "states.Active"),
        ('"stop:third_party"', '"stop:weather"', "states.Awaiting Vendor"),
        ('state = "incident_state"', 'stat = "incident_state"', "columns.stat"),
        ('"created_missing",', '"created_mising",', "repairs"),
        ("format = 1", "format = 2", "format"),
        ('format = "%d/%m/%Y %H:%M"', 'format = "day first"', "time.format"),
    ],
)
def test_a_fault_is_named_with_its_line_and_path(old: str, new: str, place: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    line = next(
        n for n, t in enumerate(text.splitlines(), 1) if new.split("\n", maxsplit=1)[0] in t
    )
    message = refusal(text)
    assert place in message
    # an entry of a list is named by the line that begins the list
    assert f"line {line}" in message or place == "repairs"


def test_every_fault_is_told_at_once() -> None:
    text = GOOD.replace('"P4"', '"P9"').replace("Europe/Brussels", "Europe/Bruges")
    message = refusal(text)
    assert "priority.values" in message
    assert "time.zone" in message


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('row_at = "sys_updated_at"\n', "", "columns.row_at and columns.state are needed"),
        ('state = "incident_state"\n', "", "columns.row_at and columns.state are needed"),
        ('incidents = "together"', 'incidents = "single"', ""),
        ("[texts]\n", '[[stops]]\nsince = "a"\nuntil = "b"\n\n[texts]\n', "stops are columns"),
    ],
)
def test_parts_that_need_one_another_are_checked(old: str, new: str, reason: str) -> None:
    text = GOOD.replace(old, new, 1)
    if not reason:
        assert parse_mapping(text).file.incidents == "single"
        return
    assert reason in refusal(text)


def test_a_mapping_without_any_beginning_is_refused() -> None:
    text = shipped()[TICKETS].replace('created = "Angelegt"\n', "")
    assert "a ticket begins" in refusal(text.replace('notified = "Gemeldet"\n', ""))


def test_reasons_are_needed_for_a_column_of_reasons() -> None:
    text = shipped()[TICKETS]
    begin = text.index("[reasons]")
    without = text[:begin] + text[text.index("[texts]") :]
    assert "reasons is needed" in refusal(without)


def test_an_enormous_mapping_is_refused() -> None:
    assert "64 KiB" in refusal(GOOD + "#" * MAX_BYTES)

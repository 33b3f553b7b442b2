"""The data register names every column of every table, once, and fits the database (GDP-1)."""

from collections import Counter

import pytest

from ops_portal import tables
from ops_portal.core.tenancy import TenantMixin
from ops_portal.records import register as register_module
from ops_portal.records.register import Owner, Rule, register

LANGUAGES = {"en", "fr", "nl"}


def listed():
    return [(column.table, column.name) for column in register().columns()]


def existing():
    return {(t.name, c.name) for t in tables.metadata.tables.values() for c in t.columns}


def test_every_column_of_every_table_is_listed():
    """GDP-1: each stored field is classified; the message is the line to add."""
    missing = sorted(existing() - set(listed()))
    names = {table for table, _ in missing}
    lines = [
        f"[tables.{name}] in ops_portal/records/register/: add to its columns or to one of its "
        f'groups: "{" ".join(c for t, c in missing if t == name)}"'
        for name in sorted(names)
    ]
    assert not missing, "\n".join(["the data register lacks columns (GDP-1)", *lines])


def test_no_column_is_listed_that_is_gone():
    gone = sorted(set(listed()) - existing())
    assert not gone, f"take these out of ops_portal/records/register/: {gone}"


def test_no_column_is_listed_twice():
    assert [place for place, number in Counter(listed()).items() if number > 1] == []


def test_tables_that_belong_to_a_tenant_are_found_by_it():
    owned = {
        name for name, table in tables.metadata.tables.items() if "customer_id" in table.columns
    }
    by_tenant = {t.name for t in register().tables.values() if t.owner is Owner.TENANT}
    assert by_tenant - owned == set()
    assert {n for n in owned & register().tables.keys() if n not in by_tenant} == set()
    assert TenantMixin in {base for m in tables.Base.registry.mappers for base in m.class_.__mro__}


def test_what_is_nobodys_is_never_called_deleted():
    faults = [
        f"{column.table}.{column.name}"
        for column in register().columns()
        if register().tables[column.table].owner is Owner.NONE
        and column.rule is not Rule.NOT_PERSONAL
    ]
    assert faults == []


def test_secrets_are_never_exported():
    secret = ("password", "token_hash", "mac", "staff_scope")
    assert [
        f"{c.table}.{c.name}"
        for c in register().columns()
        if c.is_exported and any(word in c.name for word in secret)
    ] == []


def test_exported_files_have_names_of_their_own():
    files = [t.file for t in register().tables.values() if t.exported]
    assert [name for name, number in Counter(files).items() if number > 1] == []
    assert [t.name for t in register().tables.values() if t.file and not t.exported] == []


def test_links_lead_from_tables_of_a_tenant():
    for table in register().tables.values():
        for link in table.links:
            name, _, column = link.partition(".")
            assert register().tables[name].owner is Owner.TENANT
            assert column in tables.metadata.tables[name].columns


def test_what_is_kept_says_from_when_the_time_counts():
    for table in register().tables.values():
        if table.is_kept:
            assert table.dated_by in tables.metadata.tables[table.name].columns, table.name


@pytest.mark.parametrize("section", ["purposes", "retentions", "rules", "grounds"])
def test_every_word_is_there_in_three_languages(section):
    """TEC-3: the page of the register speaks three languages."""
    found = getattr(register(), section)
    assert {key for key, words in found.items() if not words.keys() >= LANGUAGES} == set()


def test_every_table_has_a_name_in_three_languages():
    assert {t.name for t in register().tables.values() if t.words.keys() != LANGUAGES} == set()


def test_a_register_that_contradicts_itself_is_refused(tmp_path, monkeypatch):
    words = (register_module.FOLDER / "words.toml").read_text(encoding="utf-8")
    (tmp_path / "words.toml").write_text(words, encoding="utf-8")
    (tmp_path / "one.toml").write_text(
        '[tables.one]\nname = {}\nclass = "controller"\npurpose = "contract"\n'
        'retention = "always"\nrule = "keep"\ncolumns = "id"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(register_module, "FOLDER", tmp_path)
    with pytest.raises(register_module.RegisterError, match="what is kept needs one"):
        register_module.register.__wrapped__()

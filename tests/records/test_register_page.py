"""The page of the data register: everybody signed in reads it, in words (GDP-1)."""

import csv
import io

import pytest

from ops_portal.records.register import register
from tests.accounts.browsing import Browser
from tests.factories import make_world, sign_in
from tests.portal import acting


@pytest.fixture
def world(app):
    with acting(app):
        return make_world()


@pytest.mark.parametrize("name", ["agent", "operator", "clerk", "representative", "access_owner"])
def test_everybody_signed_in_reads_the_register(client, world, name):
    sign_in(client, world.personas()[name])
    page = Browser(client).get("/data-register")
    assert "password_hash" in page.text or "Next" in page.text
    assert "as its processor" in page.text


def test_the_export_has_a_line_for_every_column(client, world):
    """GDP-1: each stored field is classified."""
    sign_in(client, world.representative)
    text = client.get("/data-register?export=csv").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == sum(1 for _ in register().columns())
    assert all(row["What for"] and row["How long"] and row["At the end"] for row in rows)


def test_the_list_is_narrowed_by_table_and_class(client, world):
    sign_in(client, world.representative)
    page = client.get("/data-register?table=customers&class=technical").get_data(as_text=True)
    assert "<code>is_provider</code>" in page
    assert "<code>phone</code>" not in page


def test_what_stays_names_its_legal_ground(client, world):
    """CON-4: what is kept, and why."""
    sign_in(client, world.representative)
    page = client.get("/data-register?table=invoices").get_data(as_text=True)
    assert "VAT Code, art. 60" in page


@pytest.mark.parametrize("key", ["-1", "abc", "99999", "%00", "9" * 30])
def test_an_odd_place_in_the_list_is_ignored(client, world, key):
    sign_in(client, world.representative)
    assert client.get(f"/data-register?after={key}").status_code == 200

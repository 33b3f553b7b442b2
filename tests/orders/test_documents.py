"""The order form as PDF: in the customer's language, the same bytes for the same version."""

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from ops_portal.orders import documents, operations
from ops_portal.orders.completeness import Account
from tests.factories import MONDAY, make_world
from tests.orders.drafting import COMPLETE, draft, empty
from tests.portal import acting


def text_of(document):
    reader = PdfReader(io.BytesIO(document))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("Bon de commande", "Données brutes", "Compte client")),
        ("nl", ("Bestelformulier", "Ruwe gegevens", "Klantaccount")),
        ("en", ("Order form", "Raw data", "customer account")),
    ],
)
def test_tec_3_the_form_speaks_the_language_of_the_order(app, language, words):
    with acting(app):
        order = draft(make_world(), language=language)
        text = text_of(documents.order_form(order, now=MONDAY))
        reference = order.reference
    for word in (*words, "Hugo Renard", "hugo@owner.example", "6001", "7001", reference):
        assert word.lower() in text.lower()


def test_ord_1_the_same_version_gives_the_same_bytes_and_another_does_not(app):
    with acting(app):
        world = make_world()
        order = draft(world)
        first = documents.order_form(order, now=MONDAY)
        assert documents.order_form(order, now=MONDAY) == first
        operations.change_order(world.manager.actor, order, replace(COMPLETE, note="x"), now=MONDAY)
        other = documents.order_form(order, now=MONDAY)
    assert documents.fingerprint(first) != documents.fingerprint(other)


def test_the_form_can_be_read_aloud_and_kept(app):
    with acting(app):
        document = documents.order_form(draft(make_world()), now=MONDAY)
    catalog = PdfReader(io.BytesIO(document)).trailer["/Root"]
    metadata = catalog["/Metadata"].get_data().decode()
    assert "/StructTreeRoot" in catalog
    assert catalog["/Lang"] == "fr"
    assert "pdfuaid:part" in metadata
    assert "pdfaid:part" in metadata


def test_what_somebody_typed_is_never_read_as_markup(app):
    odd = "#panic() *bold* _x_ $y$ \\ ` <label> @ref [["
    with acting(app):
        order = draft(make_world(), note=odd, access_owner_name=odd, accounts=(Account("6#1"),))
        text = text_of(documents.order_form(order, now=MONDAY))
    assert "#panic()" in text
    assert "6#1" in text


def test_a_draft_says_on_the_form_what_is_missing(app):
    with acting(app):
        order = empty(make_world())
        assert "Brouillon" in text_of(documents.order_form(order, now=MONDAY))


def test_a_long_list_of_accounts_fills_several_pages(app):
    accounts = tuple(Account(f"6{n:05d}", name="Filiale") for n in range(300))
    with acting(app):
        document = documents.order_form(draft(make_world(), accounts=accounts), now=MONDAY)
    assert len(PdfReader(io.BytesIO(document)).pages) > 5

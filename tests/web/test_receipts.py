"""The receipt as people and screen readers get it."""

import re

import pytest
from flask import get_template_attribute

from ops_portal.web.receipts import Receipt, ReceiptLine

RECEIPT = Receipt(
    "Time to restore",
    (
        ReceiptLine("Counted", "Fri 17:30 to 18:00", "0 h 30"),
        ReceiptLine("Stopped: customer", "Mon", "1 h 10", is_counted=False, note="<b>Ines</b>"),
    ),
    "Counted time",
    "0 h 30",
    "Target P1",
    "24 h",
    "on_track",
    "23 h 30 left",
    ("SLA-1", "SLA-4 · §6.5"),
)

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def shown(edge):
    with edge.test_request_context("/login", headers=ENGLISH):
        macro = get_template_attribute("components/receipt.html", "receipt")
        return str(macro(RECEIPT))


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def test_it_reads_from_lines_to_verdict(shown):
    text = words(shown)
    order = ["Time to restore", "Counted", "Stopped", "Counted time", "Target P1", "left", "SLA-1"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)


def test_what_does_not_count_is_said_in_words(shown):
    assert "1 h 10 not counted" in words(shown)


def test_what_people_typed_is_text(shown):
    assert "&lt;b&gt;Ines&lt;/b&gt;" in shown


def test_a_receipt_without_target_and_verdict_ends_with_the_sum(edge):
    with edge.test_request_context("/login", headers=ENGLISH):
        macro = get_template_attribute("components/receipt.html", "receipt")
        text = words(str(macro(Receipt("Fee", (), "Sum", "€ 0.00"))))
    assert text.endswith("Sum € 0.00")

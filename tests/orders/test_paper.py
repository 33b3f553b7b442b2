"""Only a PDF that anybody can read and that does nothing is taken in as a signed form (ORD-1)."""

import pytest

from ops_portal.core.errors import RefusedError
from ops_portal.orders import paper
from ops_portal.orders.paper import check_paper
from tests.orders import papers


def test_a_scan_is_taken_in():
    assert check_paper(papers.scan(2)) == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose the file"),
        (b"PK\x03\x04 a letter of a word processor", "This is no PDF"),
        (b"<html>%PDF-1.7</html>", "This is no PDF"),
        (b"%PDF-1.7\nnothing else", "damaged"),
        (papers.scan()[:200], "damaged"),
        (papers.encrypted(), "encrypted"),
        (papers.with_javascript(), "carries a program"),
        (papers.with_launch(), "carries a program"),
        (papers.with_attachment(), "carries a program"),
        (papers.scan(41), "more than 40 pages"),
        (papers.scan(0), "no pages"),
    ],
)
def test_ord_1_what_is_no_plain_pdf_is_refused(content, sentence):
    with pytest.raises(RefusedError) as refused:
        check_paper(content)
    assert sentence in refused.value.message
    assert set(refused.value.fields) == {"file"}


def test_a_file_that_is_too_large_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(paper, "MAX_BYTES", 100)
    with pytest.raises(RefusedError, match="larger than"):
        check_paper(papers.scan())


def test_a_file_that_is_too_complex_is_refused(monkeypatch):
    monkeypatch.setattr(paper, "MAX_OBJECTS", 3)
    with pytest.raises(RefusedError, match="too complex"):
        check_paper(papers.scan(9))

"""Headers of every answer, whatever it is."""

import pytest

POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
    "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "base-uri 'none'",
    "form-action 'self'", "frame-ancestors 'none'",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/static/theme.css", "/healthz", "/desk"])
def test_every_answer_is_guarded(edge, path):
    with edge.test_client().get(path) as answer:
        headers = answer.headers
    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_are_not_kept_and_files_are(edge):
    client = edge.test_client()
    assert client.get("/login").headers["Cache-Control"] == "no-store"
    with client.get("/static/theme.css") as answer:
        assert "no-store" not in answer.headers["Cache-Control"]


def test_a_files_address_changes_with_its_content(edge):
    page = edge.test_client().get("/login").text
    assert "/static/theme.css?v=" in page
    assert "/static/forms.js?v=" in page


def test_htmx_may_neither_eval_nor_keep_pages(edge):
    page = edge.test_client().get("/login").text
    assert "&#34;allowEval&#34;: false" in page
    assert "&#34;historyCacheSize&#34;: 0" in page


def test_what_a_page_is_asked_by_is_part_of_its_answer(edge):
    """A part asked for by htmx comes without the frame, so no cache may take one for the other."""
    assert "HX-Request" in edge.test_client().get("/login").headers["Vary"]

"""Templates hold no style, no script and no unescaped text; every form carries its token."""

import re

import pytest

from tests.architecture.tree import ROOT, templates

FORBIDDEN = {
    "inline style": re.compile(r"\sstyle\s*="),
    "style element": re.compile(r"<style\b"),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)"),
    "event attribute": re.compile(r"\son[a-z]+\s*=\s*[\"']"),
    "htmx script": re.compile(r"\bhx-on\b"),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape\s+false"),
    "address of somebody else": re.compile(r"(?:src|href)=[\"'](?:https?:)?//"),
}
FORM = re.compile(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", re.IGNORECASE | re.DOTALL)


@pytest.mark.parametrize("fault", FORBIDDEN)
def test_no_template_has(fault):
    found = [
        str(path.relative_to(ROOT))
        for path in templates()
        if FORBIDDEN[fault].search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_posting_form_carries_a_token():
    bare = [
        str(path.relative_to(ROOT))
        for path in templates()
        for form in FORM.findall(path.read_text(encoding="utf-8"))
        if "csrf" not in form
    ]
    assert bare == []

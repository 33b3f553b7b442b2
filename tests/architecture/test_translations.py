"""Everything a reader sees is said in three languages (TEC-3)."""

import ast
import re
from html.parser import HTMLParser

import pytest

from ops_portal.web import catalogues
from tests.architecture.tree import ROOT, functions, python_files, templates

JINJA = re.compile(r"\{#.*?#\}|\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}|\{%.*?%\}", re.DOTALL)
OUTPUT = re.compile(r"\{\{.*?\}\}", re.DOTALL)
ATTRIBUTES = re.compile(r"[\w-]+=\"[^\"]*\"")
"""What macros give to the tags of others."""
WORD = re.compile(r"[^\W\d_]{2,}")
TEXT_ATTRIBUTES = {"alt", "aria-label", "aria-description", "placeholder", "title"}
SAME_EVERYWHERE = {"CSV", "XLSX", "JSON", "UTF", "SLA", "SLO", "API"}
MARKS = {"_", "_l", "N_", "gettext", "lazy_gettext"}
AT_THE_EDGE = {"ops_portal/web/forms.py", "ops_portal/web/errors.py"}
"""Where sentences of errors, marked elsewhere, are translated."""


class Words(HTMLParser):
    """Collects the text and the readable attributes of a template whose Jinja is taken out."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.is_key = False

    def handle_starttag(self, tag, attrs):
        self.is_key = tag in {"kbd", "code"}
        self.found += [v for name, v in attrs if name in TEXT_ATTRIBUTES and v]

    def handle_endtag(self, _tag):
        self.is_key = False

    def handle_data(self, data):
        if not self.is_key:
            self.found.append(data)


def bare_words(source):
    parser = Words()
    parser.feed(OUTPUT.sub("0", JINJA.sub("", source)))
    parser.close()
    words = (word for text in parser.found for word in WORD.findall(ATTRIBUTES.sub("", text)))
    return [word for word in words if word not in SAME_EVERYWHERE]


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_the_catalogue_is_whole(language):
    assert catalogues.faults(language) == []


def test_templates_say_nothing_outside_of_a_translation():
    letters = sorted((ROOT / "ops_portal" / "templates").rglob("*.txt"))
    bare = {
        str(path.relative_to(ROOT)): words
        for path in (*templates(), *letters)
        if (words := bare_words(path.read_text(encoding="utf-8")))
    }
    assert bare == {}


def test_bare_words_are_noticed():
    assert bare_words('<p title="Hello">{{ _("fine") }} there</p><kbd>Ctrl</kbd>') == [
        "Hello",
        "there",
    ]


def test_what_is_marked_can_be_looked_up():
    """A sentence put together before it is looked up is found in no catalogue."""
    wrong = []
    for path in python_files("ops_portal"):
        place = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_mark = isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS
            if is_mark and node.args and not isinstance(node.args[0], ast.Constant):
                wrong += [f"{place}:{node.lineno}"] if place not in AT_THE_EDGE else []
    assert wrong == []


def raises_built_sentence(function):
    """Whether a function raises a refusal whose sentence is put together by hand."""
    raised = [
        n for n in ast.walk(function)
        if isinstance(n, ast.Call) and getattr(n.func, "id", "") in catalogues.ERRORS
    ]  # fmt: skip
    texts = [call.args[0] for call in raised if call.args]
    if any(isinstance(text, ast.Name) and text.id == "message" for text in texts):
        texts += [
            n.value for n in ast.walk(function)
            if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "message"
        ]  # fmt: skip
    return any(isinstance(text, ast.JoinedStr) for text in texts)


def test_refusals_are_whole_sentences_with_named_places():
    """`RefusedError(f"…")` cannot be translated: use params. Programs read English."""
    pages = [p for p in python_files("ops_portal") if not p.name.startswith("api")]
    wrong = [n for p in pages for n, function in functions(p) if raises_built_sentence(function)]
    assert wrong == []


def test_refusals_are_found_where_they_are_raised():
    source = """
WHY = "Too late."
def act(flag):
    message = "Too long." if flag else "Too short."
    if flag:
        raise RefusedError(message, fields={"a": "Say why."})
    raise ConflictError(WHY)
"""
    found = sorted(catalogues.refusals(source))
    assert found == ["Say why.", "Too late.", "Too long.", "Too short."]

"""Keeping the message catalogues: what is said in code and templates, and what is missing in them.

English is the language of the sources, so there is no English catalogue. Sentences of refusals need
no mark: they are found where `RefusedError` and its like are raised.
"""

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po

from ops_portal.web.translations import FOLDER

SOURCES = FOLDER.parent
LANGUAGES = ("fr", "nl")
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
JINJA = {"silent": "false", "extensions": "jinja2.ext.do"}
HEADER = "# Messages of the portal; kept by `portal translations update`."
ERRORS = {"RefusedError", "ConflictError", "StaleError", "LimitedError"}
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")
FRENCH = re.compile(r"(?<![\u00a0\u202f])[:;!?](?=\s|$|»)")


def extracted() -> Catalog:
    """Return every sentence of the code and the templates with the files that say it."""
    found = Catalog(project="portal", header_comment=HEADER, fuzzy=False)
    for path in sorted(SOURCES.rglob("*")):
        place = path.relative_to(SOURCES.parent).as_posix()
        for msgid in _sentences(path):
            found.add(msgid, locations=[(place, 0)])
    return found


def template() -> str:
    """Return the sentences as a template for translators (POT)."""
    return _written(extracted())


def update(folder: Path = FOLDER) -> list[Path]:
    """Bring the catalogues up to date: new sentences are added empty, those gone are taken out."""
    sources = extracted()
    written = []
    for language in LANGUAGES:
        path = _path(folder, language)
        catalogue = read_catalogue(path, language)
        catalogue.update(sources, no_fuzzy_matching=True, update_creation_date=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_written(catalogue), encoding="utf-8")
        written.append(path)
    return written


def faults(language: str, folder: Path = FOLDER) -> list[str]:
    """Return what is wrong with a catalogue, one line each; nothing when it is whole."""
    catalogue = read_catalogue(_path(folder, language), language)
    sources = extracted()
    found = [f"not said any more: {m.id!r}" for m in catalogue if m.id and m.id not in sources]
    for message in sources:
        if message.id:
            found += [f"{what}: {message.id!r}" for what in _faults_of(message, catalogue)]
    return found


def read_catalogue(path: Path, language: str) -> Catalog:
    """Return a catalogue; an empty one where there is no file."""
    if not path.exists():
        return Catalog(locale=language, project="portal", header_comment=HEADER, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _path(folder: Path, language: str) -> Path:
    return folder / language / "LC_MESSAGES" / "messages.po"


def _written(catalogue: Catalog) -> str:
    file = BytesIO()
    write_po(
        file, catalogue, width=100, sort_by_file=True, include_lineno=False, ignore_obsolete=True
    )
    return file.getvalue().decode("utf-8")


def _sentences(path: Path) -> Iterator[str | tuple[str, ...]]:
    if path.suffix == ".py":
        for _line, msgid, _comments, _context in extract_from_file("python", path, KEYWORDS):
            yield msgid
        yield from refusals(path.read_text(encoding="utf-8"))
    elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
        for _line, msgid, _comments, _context in extract_from_file(
            "jinja2", path, KEYWORDS, options=JINJA
        ):
            yield msgid


def refusals(source: str) -> Iterator[str]:
    """Yield the sentences that a module's refusals are raised with."""
    tree = ast.parse(source)
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))
    shared = _assigned(tree.body)
    for function in functions:
        known = shared | _assigned(list(ast.walk(function)))
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ERRORS:
                yield from _said(call, known)


def _assigned(nodes: list[ast.stmt] | list[ast.AST]) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return found


def _said(call: ast.Call, known: dict[str, list[ast.expr]]) -> Iterator[str]:
    given = [*call.args[:1]]
    for keyword in call.keywords:
        if keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
            given += keyword.value.values
    for value in given:
        for meant in known.get(value.id, []) if isinstance(value, ast.Name) else [value]:
            yield from _texts(meant)


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*_texts(value.body), *_texts(value.orelse))


def _faults_of(source: Message, catalogue: Catalog) -> Iterator[str]:
    message = catalogue.get(source.id)
    texts = _all(message.string) if message else []
    if not texts or not all(texts):
        yield "not translated"
        return
    if message is not None and message.fuzzy:
        yield "marked as uncertain"
    wanted = sorted(PLACES.findall(_all(source.id)[-1]))
    if any(sorted(PLACES.findall(text)) != wanted for text in texts[-1:]):
        yield f"other places than {wanted}"
    if str(catalogue.locale) == "fr" and any(FRENCH.search(PLACES.sub("x", t)) for t in texts):
        yield "no narrow space (U+202F) before : ; ! ?"


def _all(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, (tuple, list)) else [str(value)]

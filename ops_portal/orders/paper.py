"""What is taken in as a signed paper form: a PDF that can be read by anybody and does nothing."""

import io
from collections.abc import Iterator
from typing import NoReturn

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from ops_portal.core.errors import N_, RefusedError

MAX_BYTES = 10 * 1024 * 1024
MAX_PAGES = 40
MAX_OBJECTS = 20_000
START = b"%PDF-"
ACTING = frozenset(
    {"/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia"}
)
"""Names in a PDF that make a reader run, open or unpack something."""
ACTIONS = frozenset({"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE"})


def check_paper(content: bytes) -> int:
    """Return the number of pages of a scanned form.

    Raises:
        RefusedError: it is no PDF, encrypted, too large, too long, broken, or would do something.

    Source: ORD-1, §4.1; GDP-2, §7.3.3.

    """
    if not content:
        _refuse(N_("Choose the file of the signed form."))
    if len(content) > MAX_BYTES:
        _refuse(N_("The file is larger than {megabytes} MB."), megabytes=MAX_BYTES // 1024**2)
    if not content.startswith(START):
        _refuse(N_("This is no PDF. Scan the signed form as PDF."))
    try:
        pages = _read(content)
    except RefusedError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        _refuse(N_("This PDF is damaged: it cannot be opened. Scan the form again."))
    if not pages:
        _refuse(N_("This PDF has no pages."))
    if pages > MAX_PAGES:
        _refuse(N_("This PDF has more than {pages} pages."), pages=MAX_PAGES)
    return pages


def _read(content: bytes) -> int:
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        _refuse(N_("This PDF is encrypted. Save it without a password and try again."))
    for number, part in enumerate(_dictionaries(reader)):
        if number > MAX_OBJECTS:
            _refuse(N_("This PDF is too complex. Scan the form again."))
        if ACTING & part.keys() or str(part.get("/S")) in ACTIONS:
            _refuse(N_("This PDF carries a program or another file. Scan the form again."))
    return len(reader.pages)


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Yield every dictionary that can be reached from the document's root, each once."""
    waiting: list[object] = [reader.trailer.get("/Root")]
    seen: set[tuple[int, int]] = set()
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            name = (found.idnum, found.generation)
            if name in seen:
                continue
            seen.add(name)
            found = found.get_object()
        if isinstance(found, DictionaryObject):
            yield found
            waiting.extend(found.raw_get(key) for key in found)
        elif isinstance(found, ArrayObject):
            waiting.extend(list.__iter__(found))


def _refuse(sentence: str, **params: object) -> NoReturn:
    raise RefusedError(sentence, rule="ORD-1", fields={"file": sentence}, params=params)

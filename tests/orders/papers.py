"""Small PDF files of every kind that is taken in or refused."""

import io

from pypdf import PdfWriter
from pypdf.annotations import Link
from pypdf.generic import (
    DictionaryObject,
    NameObject,
    TextStringObject,
)


def scan(pages: int = 1) -> bytes:
    """Return a PDF with empty pages, as a scanner would send it."""
    return _bytes(_writer(pages))


def encrypted() -> bytes:
    """Return one that needs a password."""
    writer = _writer()
    writer.encrypt("secret")
    return _bytes(writer)


def with_javascript() -> bytes:
    """Return one that runs a script when it is opened."""
    writer = _writer()
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert('hello');"),
        }
    )
    return _bytes(writer)


def with_launch() -> bytes:
    """Return one with a link on a page that starts a program."""
    writer = _writer()
    note = Link(rect=(0, 0, 50, 50), url="https://example.org")
    note[NameObject("/A")] = DictionaryObject(
        {
            NameObject("/S"): NameObject("/Launch"),
            NameObject("/F"): TextStringObject("calc.exe"),
        }
    )
    writer.add_annotation(0, note)
    return _bytes(writer)


def with_attachment() -> bytes:
    """Return one that carries another file."""
    writer = _writer()
    writer.add_attachment("price.xls", b"x")
    return _bytes(writer)


def _writer(pages: int = 1) -> PdfWriter:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    return writer


def _bytes(writer: PdfWriter) -> bytes:
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()

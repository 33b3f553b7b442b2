"""PDF from the templates of `templates/pdf`: data in, the same bytes for the same data."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typst

MEDIA_TYPE = "application/pdf"
FOLDER = Path(__file__).resolve().parents[1] / "templates" / "pdf"


def compiled(template: str, content: Mapping[str, object], *, made_at: datetime) -> bytes:
    """Return a document as PDF; no text of the content is read as markup.

    Args:
        template: the name of a file of the folder, without its ending.
        content: what JSON can hold; the template says what it reads.
        made_at: the instant the file names as its making, aware.

    """
    return typst.compile(
        str(FOLDER / f"{template}.typ"),
        format="pdf",
        sys_inputs={"data": json.dumps(content, ensure_ascii=False, sort_keys=True)},
        pdf_standards=["ua-1", "a-2a"],  # readable aloud, and fit to be kept
        ignore_system_fonts=True,
        timestamp=int(made_at.timestamp()),
    )

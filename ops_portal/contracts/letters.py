"""Letters of notice: a PDF that is kept with the notice, and read again (CON-2)."""

from datetime import datetime
from io import BytesIO

from flask import Response
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from werkzeug.datastructures import FileStorage

from ops_portal.contracts.service_queries import Run, notices_of
from ops_portal.core import files
from ops_portal.core.actor import Actor
from ops_portal.core.errors import N_, NotFoundError, RefusedError

KIND = "notice"
LARGEST = 10 * 1024 * 1024


def keep_letter(actor: Actor, run: Run, upload: FileStorage | None, *, now: datetime) -> int | None:
    """Keep an uploaded letter and return its id; None when there is none.

    Raises:
        RefusedError: it is no PDF that can be read, or too large.

    Source: CON-2, §7.1.2.

    """
    content = upload.stream.read(LARGEST + 1) if upload else b""
    if not content or upload is None:
        return None
    if len(content) > LARGEST or not _is_pdf(content):
        message = N_("Choose a PDF of at most 10 MB that can be opened.")
        raise RefusedError(message, fields={"letter": message})
    new = files.NewFile(KIND, upload.filename or "letter.pdf", "application/pdf", content)
    return files.keep(new, customer_id=run.service.customer_id, actor=actor, now=now).id


def letter_of(actor: Actor, run: Run, notice_id: int) -> Response:
    """Return the letter of a notice of this service.

    Raises:
        NotFoundError: there is no such notice, or it has no letter.

    """
    notice = next((n for n in notices_of(run.service) if n.id == notice_id), None)
    if notice is None or notice.file_id is None:
        raise NotFoundError
    file = files.file_for(actor, notice.file_id)
    response = Response(files.content_of(file), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


def _is_pdf(content: bytes) -> bool:
    try:
        return len(PdfReader(BytesIO(content)).pages) > 0
    except (PyPdfError, ValueError, KeyError, TypeError, OSError, RecursionError):
        return False

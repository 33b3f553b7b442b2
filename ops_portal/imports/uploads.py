"""Taking in what the form of an import sends."""

from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from ops_portal.contracts.queries import contract_for
from ops_portal.core.clock import now
from ops_portal.core.config import Config
from ops_portal.core.errors import RefusedError
from ops_portal.imports import operations, storage
from ops_portal.imports.foreground import fitting_mapping
from ops_portal.imports.forms import BY_COLUMNS, OWN, ImportForm
from ops_portal.imports.mapping import MAX_BYTES, MappingError, parse_mapping, shipped
from ops_portal.imports.models import ImportRun
from ops_portal.imports.queries import contract_choices, is_file_used
from ops_portal.imports.storage import Stored
from ops_portal.web.filters import moment
from ops_portal.web.guard import current_actor


def offered_form() -> ImportForm:
    """Return the form with the contracts and mappings that can be chosen."""
    form = ImportForm()
    form.offer(
        [
            (str(contract.id), f"{name} · {contract.reference} · {_since(contract.active_from)}")
            for contract, name in contract_choices(now())
        ],
        mappings(),
    )
    return form


def mappings() -> list[tuple[str, str]]:
    """Return the shipped mappings, `(name, title)` each."""
    return [(name, parse_mapping(text).title) for name, text in shipped().items()]


def begin(form: ImportForm) -> tuple[ImportRun, bool]:
    """Take the file of a form in and have it imported; return the run, and whether it is new.

    Raises:
        RefusedError: the file, the mapping or the contract will not do; nothing is kept then.

    """
    config: Config = current_app.extensions["portal.config"]
    contract = contract_for(current_actor(), int(form.contract.data or 0))
    file = form.file.data or FileStorage()
    stored = storage.store(file.stream, file.filename or "", config.data)
    try:
        text = _mapping_text(form, stored)
        run, is_new = operations.start_import(current_actor(), contract, stored, text, now=now())
    except RefusedError:
        if not is_file_used(stored.hash):
            stored.path.unlink(missing_ok=True)
        raise
    if is_new:
        operations.put_job(run, now=now())
    return run, is_new


def _since(active_from: datetime | None) -> str:
    return str(_("active since %(moment)s", moment=moment(active_from)))


def _mapping_text(form: ImportForm, stored: Stored) -> str:
    if form.mapping.data == BY_COLUMNS:
        return fitting_mapping(stored.path)
    if form.mapping.data != OWN:
        return shipped()[form.mapping.data]
    text = _own_mapping(form)
    if not text:
        message = "Choose the file of your mapping: a TOML file in UTF-8."
        raise MappingError(message, fields={"mapping_file": message})
    return text


def _own_mapping(form: ImportForm) -> str:
    file: FileStorage | None = form.mapping_file.data
    try:
        return file.stream.read(MAX_BYTES + 1).decode() if file else ""
    except UnicodeDecodeError:
        return ""

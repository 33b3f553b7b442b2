"""A certificate in the reader's words: for the page, the PDF and the mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app
from flask_babel import gettext as _

from ops_portal.core.config import Config
from ops_portal.core.pdf import compiled
from ops_portal.records.certificates import words_of_table
from ops_portal.records.models import DeletionCertificate
from ops_portal.records.register import register
from ops_portal.records.words import DECISIONS, OUTSIDE
from ops_portal.web.filters import day, moment_exact, number
from ops_portal.web.languages import chosen_language

Rows = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Words:
    """What a certificate says, in words."""

    title: str
    facts: Rows
    deleted: Rows
    outside: Rows
    kept: Rows


def words_of(certificate: DeletionCertificate) -> Words:
    """Return a certificate in the reader's language. Source: CON-4."""
    found = certificate.document
    language = chosen_language()
    return Words(
        title=_("Certificate of deletion %(number)s", number=certificate.number),
        facts=_facts(certificate),
        deleted=[
            (words_of_table(name, language), number(n["rows"]), number(n["emptied"]))
            for name, n in found["deleted"].items()
        ],
        outside=[(str(OUTSIDE[key]), number(n)) for key, n in found["outside"].items()],
        kept=[_kept(name, kept, language) for name, kept in found["kept"].items()],
    )


def _facts(certificate: DeletionCertificate) -> Rows:
    found = certificate.document
    decisions = [
        (str(DECISIONS[one["what"]]), f"{one['who']}, {_moment(one['at'])}")
        for one in found["decisions"]
    ]
    return [
        (_("Customer"), found["customer"]),
        (_("Rule"), f"{found['rule']}, {found['clause']}"),
        *decisions,
        (_("Waiting period"), _("%(days)s days", days=found["waited_days"])),
        (_("Begun"), _moment(found["began_at"])),
        (_("Ended"), _moment(found["ended_at"])),
        (_("Records deleted"), number(found["rows"])),
        (
            _("Audit log"),
            _("%(entries)s entries, ending with %(mac)s",
              entries=found["audit"]["seq"], mac=found["audit"]["mac"]),
        ),
        (_("Data register"), found["register"]),
        (_("SHA-256 of this certificate"), certificate.sha256),
    ]  # fmt: skip


def _kept(name: str, kept: Mapping[str, str], language: str) -> tuple[str, ...]:
    ground = register().grounds[kept["ground"]][language]
    until = day(date.fromisoformat(kept["until"])) if kept["until"] else "–"
    return words_of_table(name, language), number(int(kept["kept"])), ground, until


def text_of(certificate: DeletionCertificate) -> str:
    """Return a certificate as plain text, for a mail."""
    words = words_of(certificate)
    parts = [
        words.title,
        _lines(words.facts),
        _("Deleted, records by kind:"),
        _lines([row[:2] for row in words.deleted]),
        _("Deleted besides the database:"),
        _lines(words.outside),
    ]
    if words.kept:
        kept = [(row[0], f"{row[1]} - {row[2]} - {row[3]}") for row in words.kept]
        parts += [_("Kept, why, and until when:"), _lines(kept)]
    return "\n\n".join(parts) + "\n"


def pdf_of(certificate: DeletionCertificate) -> bytes:
    """Return a certificate as PDF in the reader's language; no text of it is read as markup."""
    config: Config = current_app.extensions["portal.config"]
    words = words_of(certificate)
    content = {
        "title": words.title,
        "language": chosen_language(),
        "operator": config.operator_name,
        "facts": words.facts,
        "deleted_title": _("What was deleted"),
        "deleted_head": [_("Data"), _("Deleted"), _("Emptied")],
        "deleted": words.deleted,
        "outside_title": _("Besides the database"),
        "outside": words.outside,
        "kept_title": _("What is kept"),
        "kept_head": [_("Data"), _("Kept"), _("Why"), _("Until")],
        "kept": words.kept,
        "footer": f"{words.title} · {config.operator_name}",
    }
    return compiled("certificate", content, made_at=certificate.issued_at)


def _lines(rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(f"  {row[0]}: {row[1]}" for row in rows)


def _moment(text: str) -> str:
    return moment_exact(datetime.fromisoformat(text)) if text else "–"

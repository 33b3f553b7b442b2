"""What an archive says about itself, and the mails about exports and deletions."""

from datetime import datetime

from flask import current_app, render_template
from flask_babel import gettext as _

from ops_portal.accounts.models import Customer, User
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.mail import put_mail, send_mail
from ops_portal.records import queries
from ops_portal.records.archive import Readme, exported_tables
from ops_portal.records.certificate_pages import text_of
from ops_portal.records.models import DataExport, Deletion, DeletionCertificate
from ops_portal.web.filters import day, moment
from ops_portal.web.languages import speaking_to


def readme_of(export: DataExport, *, now: datetime) -> Readme:
    """Return the words of an archive about itself, in the customer's language. Source: TEC-3."""
    customer = db.session.get_one(Customer, export.customer_id)
    with speaking_to(export.language, customer.zone):
        tables = [(table.file, table.words[export.language]) for table in exported_tables()]
        text = render_template(
            "records/readme.txt", customer=customer, tables=tables, now=now, moment=moment
        )
        return Readme("README.txt", text.strip() + "\n")


def tell_export(export: DataExport, *, now: datetime) -> None:
    """Write to who asked for an export that it can be downloaded; to nobody when staff asked."""
    receivers = queries.representatives_of(export.customer_id)
    asked = [user for user in receivers if user.id == export.requested_by]
    for user in asked or receivers[:1]:
        _put(
            export.customer_id,
            user,
            "emails/export.txt",
            key=f"export:{export.id}:{user.id}",
            now=now,
            export=export,
        )


def tell_deletion(deletion: Deletion, *, now: datetime) -> int:
    """Tell the representatives that the data will be deleted, with the way to the export.

    Source: CON-4, §7.1.4.
    """
    receivers = queries.representatives_of(deletion.customer_id)
    for user in receivers:
        _put(
            deletion.customer_id,
            user,
            "emails/deletion.txt",
            key=f"deletion:{deletion.id}:{user.id}",
            now=now,
            deletion=deletion,
        )
    return len(receivers)


def send_certificate(deletion: Deletion, certificate: DeletionCertificate, now: datetime) -> None:
    """Send the copy of a certificate at once: nothing of it may wait in the outbox.

    Source: CON-4.
    """
    with speaking_to(deletion.copy_language or "en", "Europe/Brussels"):
        subject = _("Your data were deleted: certificate %(number)s", number=certificate.number)
        body = text_of(certificate)
    key = f"certificate:{certificate.number}"
    send_mail(
        to=deletion.copy_to,
        subject=subject,
        body=body,
        message_id=key,
        now=now,
        about=deletion.customer_id,
    )


def _put(
    customer_id: int, user: User, template: str, *, key: str, now: datetime, **words: object
) -> None:
    config: Config = current_app.extensions["portal.config"]
    customer = db.session.get_one(Customer, customer_id)
    link = config.base_url + current_app.url_map.bind("").build("records.own_exports")
    with speaking_to(user.language, customer.zone):
        text = render_template(
            template, link=link, config=config, customer=customer, day=day, moment=moment, **words
        )
        subject, _line, body = text.strip().partition("\n")
        put_mail(
            user.email, subject, body.strip() + "\n", customer_id=customer_id, now=now, key=key
        )

"""The mails about works that interrupt the service for long (MNT-2)."""

from datetime import datetime

from flask import current_app, render_template
from flask_babel import gettext as _

from ops_portal.core.config import Config
from ops_portal.core.mail import put_mail
from ops_portal.maintenance import queries
from ops_portal.maintenance.models import PlannedWork
from ops_portal.web.languages import speaking_to


def tell_customers(work: PlannedWork, *, now: datetime) -> int:
    """Write a mail to each representative of the affected customers; return their number.

    A change of the works is told by a mail of its own; run again, nobody gets one twice.

    Source: MNT-2, §6.4.1.
    """
    receivers = queries.receivers_of(work)
    for receiver in receivers:
        with speaking_to(receiver.language, receiver.zone):
            subject, body = _subject(work), _body(work)
        put_mail(
            receiver.email,
            subject,
            body,
            customer_id=receiver.customer_id,
            now=now,
            key=f"works:{work.id}:{work.revision}:{receiver.user_id}",
        )
    return len(receivers)


def _subject(work: PlannedWork) -> str:
    if work.cancelled_at is not None:
        return _("Maintenance cancelled: %(title)s", title=work.title)
    if work.revision > 1:
        return _("Maintenance takes longer: %(title)s", title=work.title)
    return _("Maintenance announced: %(title)s", title=work.title)


def _body(work: PlannedWork) -> str:
    config: Config = current_app.extensions["portal.config"]
    # from the setting and never from the request: a forged Host header must not get into a mail
    link = config.base_url + current_app.url_map.bind("").build("home.status")
    text = render_template("emails/works.txt", work=work, link=link, config=config)
    return text.strip() + "\n"

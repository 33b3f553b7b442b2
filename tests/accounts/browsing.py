"""A browser that fills in forms, the mail that was sent, and questions to the database."""

import email
import re
from email.message import EmailMessage
from email.policy import default
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from ops_portal.core import outbox
from ops_portal.core.audit import AuditEntry
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob
from tests.portal import acting

HIDDEN = re.compile(r'name="(csrf_token|_once)"[^>]*value="([^"]*)"')
LINK = re.compile(r"^ +https?://[^/\s]+(/\S+)$", re.MULTILINE)


class Browser:
    """A client that sends forms the way a page does: with its token and its key."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, **more)

    def keys(self, page: str) -> dict[str, str]:
        """Return the hidden fields a page gives its forms."""
        return dict(HIDDEN.findall(self.client.get(page).text))

    def send(
        self, path: str, data: dict[str, object] | None = None, *, page: str = "", **more: object
    ) -> TestResponse:
        """Open the page a form stands on, and send the form."""
        return self.client.post(path, data={**self.keys(page or path), **(data or {})}, **more)


def words_of(answer: TestResponse) -> str:
    """Return the text a person sees in a page, without what differs each time."""
    body = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]+>", " ", answer.text)
    return " ".join(unescape(body).split())


def deliver(app: Flask) -> list[EmailMessage]:
    """Run what waits in the outbox, as the worker does, and return the mails that went out."""
    with acting(app):
        waiting = db.session.scalars(
            select(OutboxJob.id).where(OutboxJob.state == "waiting").order_by(OutboxJob.id)
        ).all()
    with app.app_context():
        for job_id in waiting:
            assert outbox.run(job_id, now())
    folder = app.extensions["portal.config"].data / "mail"
    found = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    mails = [email.message_from_bytes(path.read_bytes(), policy=default) for path in found]
    for path in found:
        path.unlink()
    assert failures(app) == []
    return mails


def failures(app: Flask) -> list[str]:
    """Return what went wrong in the jobs that ran."""
    with acting(app) as session:
        query = select(OutboxJob.last_error).where(OutboxJob.last_error.is_not(None))
        return list(session.scalars(query))


def link_in(mail: EmailMessage) -> str:
    """Return the path of the link in a mail."""
    found = LINK.search(mail.get_content())
    assert found, mail.get_content()
    return found[1]


def audited(app: Flask, customer_id: int) -> list[str]:
    """Return the actions in an organisation's audit log, oldest first."""
    with acting(app) as session:
        query = select(AuditEntry.action).filter_by(customer_id=customer_id)
        return list(session.scalars(query.order_by(AuditEntry.seq)))


def rows(app: Flask, statement: str, **values: object) -> list[tuple[object, ...]]:
    """Ask the database, past every layer of the portal."""
    with acting(app) as session:
        return [tuple(row) for row in session.execute(text(statement), values)]


def change(app: Flask, statement: str, **values: object) -> None:
    """Change the database, past every layer of the portal."""
    with acting(app) as session:
        session.execute(text(statement), values)

"""A customer's afternoon: the portal at a fixed hour, who is signed in, and what was mailed."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from ops_portal.core import outbox
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob
from ops_portal.tickets import care_report_views, care_views
from ops_portal.tickets.models import Ticket
from ops_portal.tickets.queries import lock_ticket
from tests.factories import MONDAY, Person, World, make_world, sign_in, ticket
from tests.portal import acting

FIELD = r'name="{}"[^>]*value="([^"]*)"'
INTERNAL = "the certificate of the front end has expired"


@dataclass
class Care:
    """The portal of a test at a fixed hour, in the words of its tests."""

    app: Flask
    world: World
    now: datetime = MONDAY + timedelta(hours=2)

    def opened(self, **changes: object) -> str:
        """Open a ticket on Monday 09:00 and return its reference."""
        with acting(self.app):
            return ticket(self.world, **changes).reference

    def do(self, operation, actor: Person, reference: str, *args: object, **more: object) -> None:
        """Carry out an operation as somebody, now."""
        with acting(self.app):
            locked = lock_ticket(actor.actor, reference)
            operation(actor.actor, locked, *args, now=self.now, **more)

    def state(self, reference: str) -> Ticket:
        """Return the ticket as it stands."""
        with acting(self.app) as session:
            found = session.scalars(select(Ticket).where(Ticket.reference == reference)).one()
            session.expunge(found)
            return found

    def visitor(self, person: Person) -> "Visitor":
        """Return a signed-in browser."""
        return Visitor(self, person)

    def mails(self) -> list[dict[str, str]]:
        """Run the jobs that write mails, and return all mails written so far."""
        with acting(self.app):
            jobs = select(OutboxJob.id).where(OutboxJob.name == "tickets.notify")
            waiting = db.session.scalars(jobs.order_by(OutboxJob.id)).all()
        with self.app.app_context():
            for job in waiting:
                outbox.run(job, self.now)
        with acting(self.app):
            assert not db.session.scalars(
                select(OutboxJob.last_error).where(OutboxJob.last_error.is_not(None))
            ).all()
            sent = select(OutboxJob.payload).where(OutboxJob.name == "mail.send")
            return list(db.session.scalars(sent.order_by(OutboxJob.id)))


class Visitor:
    """A browser that sends forms as a page does: with its token and its key."""

    def __init__(self, care: Care, person: Person) -> None:
        self.client = care.app.test_client()
        sign_in(self.client, person)

    def get(self, path: str) -> TestResponse:
        with self.client.get(path) as answer:
            answer.get_data()
            return answer

    def read(self, path: str) -> str:
        """Return the words of a page that opens."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return words_of(answer)

    def send(self, path: str, *, page: str = "", once: str = "", **fields: object) -> TestResponse:
        """Open the page a form stands on and send the form."""
        html = self.get(page or path).text
        token = re.search(FIELD.format("csrf_token"), html)
        key = re.search(FIELD.format("_once"), html)
        assert token, html
        hidden = {"csrf_token": token[1], "_once": once or (key[1] if key else "")}
        fields = {name.replace("__", "-"): value for name, value in fields.items()}
        return self.client.post(path, data=hidden | fields)


def words_of(answer: TestResponse) -> str:
    """Return the text a person reads."""
    body = re.sub(r"</?(time|abbr|b)\b[^>]*>", "", answer.text)
    body = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]+>", " ", body)
    return " ".join(unescape(body).split())


def stop_the_time(monkeypatch, care: Care) -> None:
    """Let the customer's pages believe it is the hour of the test."""
    for module in (care_views, care_report_views):
        monkeypatch.setattr(module, "now", lambda: care.now)


def new_care(app: Flask, monkeypatch) -> Care:
    """Return a portal with a world in it, on Monday 11:00."""
    with acting(app):
        care = Care(app, make_world())
    stop_the_time(monkeypatch, care)
    return care

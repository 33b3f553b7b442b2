"""An agent before the page of a ticket, at an hour the test says."""

import re
from dataclasses import dataclass
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from ops_portal.tickets.models import Fact, Ticket
from tests.factories import Person, World, sign_in
from tests.portal import acting
from tests.tickets.desk import Desk, a_desk, at

HIDDEN = re.compile(r'<input type="hidden" name="(csrf_token|_once|version)" value="([^"]*)"')
NOON = "2026-06-08 12:00"


@dataclass
class Office:
    """The portal with one P2 of Monday 09:00, and the hour it is."""

    app: Flask
    monkeypatch: pytest.MonkeyPatch
    reference: str
    world: World

    def it_is(self, when: str) -> None:
        """Move the clock of the page."""
        moment = at(when)
        self.monkeypatch.setattr("ops_portal.tickets.ticket_views.now", lambda: moment)

    def agent(self, person: Person | None = None) -> "Page":
        """Return the page as a signed-in agent sees it."""
        return Page(self, person or self.world.agent)

    def desk(self) -> Desk:
        """Return the desk, for use within `acting`."""
        return Desk(self.world)


class Page:
    """One browser on one ticket: it reads the page, and sends its forms with their hidden parts."""

    def __init__(self, office: Office, person: Person) -> None:
        self.office = office
        self.client = office.app.test_client()
        sign_in(self.client, person)
        self.address = f"/desk/tickets/{office.reference}"
        self.shown = self.read()

    def read(self, query: str = "", **more: object) -> TestResponse:
        """Load the page."""
        self.shown = self.client.get(self.address + query, **more)
        return self.shown

    def hidden(self) -> dict[str, str]:
        """Return the hidden parts of the form on the page as it was last shown."""
        return dict(HIDDEN.findall(self.shown.text))

    def send(self, name: str, *, is_confirmed: bool = False, **typed: object) -> TestResponse:
        """Send a form from the page that is shown; the answer is shown then."""
        data = {**self.hidden(), **{f"{name}-{key}": value for key, value in typed.items()}}
        if is_confirmed:
            data["confirm"] = "yes"
        self.shown = self.client.post(f"{self.address}/{name}", data=data)
        return self.shown

    def follow(self) -> TestResponse:
        """Go where the answer leads."""
        assert self.shown.status_code == 303, self.shown.status_code
        return self.read()

    @property
    def words(self) -> str:
        """What a person reads."""
        text = re.sub(r"(?s)<(script|style|title|desc)\b.*?</\1>|<[^>]+>", " ", self.shown.text)
        return " ".join(unescape(text).split())


def an_office(app: Flask, monkeypatch: pytest.MonkeyPatch, priority: str = "P2") -> Office:
    """Open a ticket on Monday 09:00 and look at it at noon."""
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00", priority)
        office = Office(app, monkeypatch, opened.reference, desk.world)
    office.it_is(NOON)
    return office


def recorded(office: Office) -> list[Fact]:
    """Return the history as it stands in the database."""
    with acting(office.app) as session:
        of_ticket = select(Ticket.id).where(Ticket.reference == office.reference).scalar_subquery()
        found = session.scalars(select(Fact).where(Fact.ticket_id == of_ticket).order_by(Fact.seq))
        facts = list(found)
        session.expunge_all()
        return facts


def kinds(office: Office) -> list[str]:
    """Return what the history says after the opening, kind by kind."""
    return [fact.kind for fact in recorded(office)][3:]

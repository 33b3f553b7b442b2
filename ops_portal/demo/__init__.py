"""Demonstration data: invented people and incidents, loaded once into an empty portal."""

import json
import os
import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from ops_portal.accounts.models import Customer
from ops_portal.core.db import db
from ops_portal.core.outbox import JobState, OutboxJob
from ops_portal.demo.billing import add_billing
from ops_portal.demo.contracts import add_contracts
from ops_portal.demo.descriptions import announce_version
from ops_portal.demo.orders import add_orders
from ops_portal.demo.people import LOGINS, add_people
from ops_portal.demo.records import add_endings
from ops_portal.demo.stories import tell_stories

FILE = "demo-logins.json"


def load(data: Path, *, now: datetime) -> bool:
    """Load the demonstration data and return whether it was new.

    Args:
        data: the data folder; the password of the demonstration logins is kept there (0600).
        now: the instant the stories end at.

    """
    if db.session.scalar(select(Customer.id).where(~Customer.is_provider).limit(1)):
        return False
    people = add_people(_password(data), now=now)
    add_contracts(people, now=now)
    tell_stories(people, now=now)
    add_orders(people, now=now)
    announce_version(now=now)
    add_endings(_password(data), now=now)
    add_billing(people, now=now)
    _keep_quiet(now)
    return True


def _keep_quiet(now: datetime) -> None:
    """Settle the mails of the invented past: they are written, and sent to nobody."""
    waiting = update(OutboxJob).where(OutboxJob.state == JobState.WAITING)
    db.session.execute(waiting.values(state=JobState.DONE, done_at=now))


def logins(data: Path) -> str:
    """Return one line per persona: who, address, password; empty without demonstration data."""
    file = data / FILE
    if not file.exists():
        return ""
    password = json.loads(file.read_text())["password"]
    wide = max(len(email) for email, _ in LOGINS)
    lines = [f"  {email:<{wide}}  {who}" for email, who in LOGINS]
    return "\n".join([f"Demonstration logins, all with the password  {password}", *lines])


def _password(data: Path) -> str:
    file = data / FILE
    if file.exists():
        return str(json.loads(file.read_text())["password"])
    password = secrets.token_urlsafe(9)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump({"password": password}, stream)
    return password

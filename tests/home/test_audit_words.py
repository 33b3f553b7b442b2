"""The audit log speaks to its reader: actions, things and changes in words (CFG-2, TEC-3)."""

import ast
import re

import pytest

from ops_portal.core import audit
from ops_portal.core.actor import system_actor
from ops_portal.home.audit_actions import ACTIONS
from tests.architecture.tree import ROOT
from tests.factories import MONDAY, make_world, sign_in, ticket
from tests.portal import acting

NAMED = re.compile(r"[a-z]+\.[a-z_]+")
CALLS = {"record", "write_facts", "_audit", "_record", "note_refusal"}


def recorded_actions():
    """Return the actions that the code names where it writes an entry."""
    found = set()
    for path in (ROOT / "ops_portal").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            values = [*call.args, *(k.value for k in call.keywords if k.arg == "action")]
            texts = {v.value for v in values if isinstance(v, ast.Constant)}
            if name in CALLS:
                found |= {t for t in texts if isinstance(t, str) and NAMED.fullmatch(t)}
    return found


def test_every_action_has_a_word():
    assert "ticket.stop" in recorded_actions()
    assert recorded_actions() <= set(ACTIONS)


@pytest.fixture
def page(app, client):
    """Return a function that reads the audit log of some entries, as the operator."""
    with acting(app):
        world = make_world()
        ticket(world)
        actor = system_actor("tests", world.home.customer_id)
        audit.record(
            actor,
            "ticket.change_priority",
            ("ticket", "INC-7"),
            now=MONDAY,
            before={"state": "new", "priority": "P3", "is_new": False},
            after={"state": "in_progress", "priority": "P2", "is_new": True, "facts": "noted"},
        )
        audit.record(
            actor,
            "unheard.of",
            ("gadget", "1"),
            now=MONDAY,
            after={"until": "2026-03-06T17:30:00+01:00", "role": "agent"},
        )
    sign_in(client, world.operator)

    def read(address="/operations/audit", language="en"):
        client.post("/language", data={"language": language})
        return " ".join(re.sub(r"<[^>]+>", " ", client.get(address).text).split())

    return read


def test_what_changed_is_said_in_words(page):
    text = page()
    assert "Priority changed" in text
    assert "Ticket INC-7" in text
    assert "State: New → In progress · " in text
    for part in ("Priority: P3 → P2", "is_new: no → yes", "Entries: Internal note"):
        assert part in text


def test_what_has_no_word_is_shown_as_it_is(page):
    text = page()
    assert "unheard.of" in text
    assert "gadget 1" in text
    assert "until: Fri 6 Mar 2026, 17:30" in text
    assert "Role: Service Desk agent" in text


@pytest.mark.parametrize("asked", ["ticket.change_priority", "priority chan", "INC-7"])
def test_an_action_is_found_by_its_word_and_by_its_name(page, asked):
    text = page(f"/operations/audit?q={asked}")
    assert "Ticket INC-7" in text
    assert "unheard.of" not in text

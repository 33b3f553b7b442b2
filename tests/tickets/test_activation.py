"""Service levels wait for the activation (IMP-2, SLA-3)."""

from datetime import timedelta

import pytest

from ops_portal.accounts.models import Customer
from ops_portal.core.db import db
from ops_portal.tickets.clocks import read_clocks
from ops_portal.tickets.models import Channel
from ops_portal.tickets.operations import Report, open_ticket
from sla.policy import Priority
from tests.factories import MONDAY, contract, make_world
from tests.portal import acting

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("active_from", "states"),
    [
        (None, {"not_applicable"}),
        (MONDAY + DAY, {"not_applicable"}),
        (MONDAY - DAY, {"met", "running"}),
        (MONDAY, {"met", "running"}),
    ],
)
def test_no_clock_runs_before_the_activation(app, active_from, states):
    with acting(app):
        world = make_world()
        home = db.session.get_one(Customer, world.home.customer_id)
        signed = contract(home, active_from=active_from)
        report = Report("Nothing opens", Priority.P2, Channel.PHONE, notified_at=MONDAY)
        row = open_ticket(world.agent.actor, signed, report, now=MONDAY)
        reading = read_clocks([row], as_of=MONDAY)[row.id]
        assert {c.state for c in reading.clocks} == states
        if None is active_from:
            assert {c.reason for c in reading.clocks} == {"before_activation"}
            assert row.next_alarm_at is None

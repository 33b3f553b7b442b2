"""The terms a ticket is judged by: its contract and its calendar (CAT-1; T49 to T51)."""

from datetime import date

from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.models import CalendarVersion, Contract, ServiceDescription
from ops_portal.contracts.operations import publish_calendar, sign_contract
from ops_portal.core.actor import system_actor
from ops_portal.core.db import db
from ops_portal.tickets.models import Channel, TicketState
from ops_portal.tickets.operations import Report, open_ticket
from ops_portal.tickets.queries import verdicts_of
from ops_portal.tickets.recording import project
from sla.clock import ClockState
from sla.policy import Priority
from tests.tickets.desk import Desk, a_desk, at


def close_day(desk: Desk, day: date) -> None:
    """Publish a version of the calendar that closes a day."""
    last = db.session.scalars(
        select(CalendarVersion).order_by(CalendarVersion.number.desc()).limit(1)
    ).one()
    publish_calendar(
        last.calendar,
        holidays=[(date.fromisoformat(known), name) for known, name in last.holidays],
        closures=[(day, day, "Move of the desk")],
        reason="the desk moves",
        actor=system_actor("tests", desk.world.provider_id),
        now=at("2026-06-08 12:00"),
    )


def tightened(desk: Desk) -> ServiceDescription:
    """Register a description whose P1 reaction is 30 minutes from July on."""
    contract = db.session.get_one(Contract, desk.world.home.contract_id)
    old = db.session.get_one(ServiceDescription, contract.description_id)
    kpis = [dict(kpi) for kpi in old.document["kpis"]]
    for kpi in kpis:
        if kpi["kpi"] == "reaction" and "P1" in kpi["priorities"]:
            kpi["target_s"] = 1800
    fresh = ServiceDescription(
        name=old.name,
        version="tightened",
        effective_from=date(2026, 7, 1),
        document={**old.document, "version": "tightened", "kpis": kpis},
        created_at=at("2026-07-01 00:00"),
    )
    db.session.add(fresh)
    db.session.flush()
    return fresh


def test_terms_that_come_later_do_not_judge_an_earlier_ticket_t49(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-30 17:30")
        customer = db.session.get_one(Customer, desk.world.home.customer_id)
        contract = sign_contract(
            customer,
            "C-TIGHT",
            tightened(desk),
            active_from=at("2026-07-01 00:00"),
            elements=["Invoice viewer"],
            actor=system_actor("tests", customer.id),
            now=at("2026-07-01 00:00"),
        )
        desk.start(opened, "2026-07-01 08:20")
        reaction = desk.clock(opened, "2026-07-01 09:00", "reaction")
        assert (reaction.state, reaction.elapsed_s) == (ClockState.MET, 50 * 60)
        later = open_ticket(
            desk.world.agent.actor,
            contract,
            Report("Slow again", Priority.P1, Channel.PHONE),
            now=at("2026-07-01 08:00"),
        )
        assert desk.clock(later, "2026-07-01 08:00", "reaction").target_s == 1800


def test_a_closed_day_moves_open_tickets_and_leaves_closed_ones_t50(app):
    with a_desk(app) as desk:
        running, closed = desk.open("2026-06-08 09:00"), desk.open("2026-06-08 09:00")
        desk.resolve(closed, "2026-06-08 11:00")
        judged = closed.judged_calendar_id
        close_day(desk, date(2026, 6, 9))
        assert desk.clock(running, "2026-06-08 13:00").due_at == at("2026-06-11 13:00")
        assert desk.clock(closed, "2026-06-12 13:00").due_at == at("2026-06-10 13:00")
        assert closed.judged_calendar_id == judged


def test_a_reopened_ticket_follows_the_calendar_again_t50(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.resolve(opened, "2026-06-08 11:00")
        close_day(desk, date(2026, 6, 9))
        desk.reopen(opened, "2026-06-08 13:00")
        assert opened.judged_calendar_id is None
        assert desk.clock(opened, "2026-06-08 14:00").due_at == at("2026-06-11 13:00")


def test_a_tighter_goal_leaves_the_verdicts_of_ended_tickets_t51(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.start(opened, "2026-06-08 09:50")
        desk.resolve(opened, "2026-06-08 12:00")
        contract = db.session.get_one(Contract, opened.contract_id)
        contract.description_id = tightened(desk).id
        project(opened, now=at("2026-07-02 09:00"))
        assert opened.state == TicketState.RESOLVED
        assert desk.clock(opened, "2026-07-02 09:00", "reaction").state is ClockState.MET
        states = {v.kpi: v.state for v in verdicts_of(opened)}
        assert states["reaction"] == "met"

"""The mails of tickets: who is told what, in which language, and each once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from ops_portal.accounts.models import Customer, Membership, User
from ops_portal.core import outbox
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob
from ops_portal.core.permissions import Role
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.tickets import clock_operations, desk_operations, jobs, operations
from ops_portal.tickets.models import Channel, OutOfScopeCause
from sla.policy import Priority, StopReason
from tests.factories import Person, person, ticket
from tests.portal import acting
from tests.tickets.care_world import INTERNAL, Care, new_care


@pytest.fixture
def care(app, monkeypatch) -> Care:
    return new_care(app, monkeypatch)


@pytest.fixture
def colleague(care) -> Person:
    """A second representative of the same customer, who reads Dutch."""
    with acting(care.app) as session:
        customer = session.get_one(Customer, care.world.home.customer_id)
        return person("Colleague", (customer, Role.REPRESENTATIVE), language="nl")


def receivers(mails: list[dict[str, str]]) -> set[str]:
    return {mail["to"] for mail in mails}


def mailed_to(care: Care, who: Person) -> list[dict[str, str]]:
    return [mail for mail in care.mails() if mail["to"] == who.email]


def stop_for(care: Care, reference: str, reason: StopReason, note: str) -> None:
    care.do(
        clock_operations.stop_clock,
        care.world.agent,
        reference,
        reason,
        start=care.now,
        end=None,
        note=note,
    )


def test_the_representatives_are_told_of_a_call_and_nobody_else(care, colleague):
    reference = care.opened()
    mails = care.mails()
    told = {care.world.representative.email, care.world.broker.email, colleague.email}
    assert receivers(mails) == told
    mail = mailed_to(care, care.world.representative)[0]
    assert mail["subject"] == f"{reference} · opened · The invoices do not open"
    assert "Nobody can open an invoice." in mail["body"]
    assert "We aim to restore the service by Fri 12 Jun 2026, 17:00." in mail["body"]
    assert f"http://localhost/care/incidents/{reference}" in mail["body"]


def test_nobody_is_told_what_they_wrote_themselves(care):
    care.opened(by=care.world.representative)
    assert care.world.representative.email not in receivers(care.mails())
    assert care.world.broker.email in receivers(care.mails())


def test_a_job_that_runs_twice_writes_each_mail_once_T67(care):
    care.opened()
    before = len(care.mails())
    with acting(care.app) as session:
        session.execute(update(OutboxJob).values(state="waiting"))
    with care.app.app_context():
        for _again in range(2):
            care.mails()
    assert len(care.mails()) == before == 2


def test_a_mail_is_written_in_the_receivers_language_and_zone(care, colleague):
    with acting(care.app) as session:
        session.execute(update(Customer).values(zone="Asia/Kolkata"))
    reference = care.opened()
    dutch = mailed_to(care, colleague)[0]
    english = mailed_to(care, care.world.representative)[0]
    assert "ma 8 jun 2026, 12:30" in dutch["body"]
    assert "Mon 8 Jun 2026, 12:30" in english["body"]
    assert reference in dutch["subject"]


def test_an_internal_fact_writes_no_mail_and_is_in_none(care):
    reference = care.opened()
    before = len(care.mails())
    agent = care.world.agent
    care.do(operations.note, agent, reference, INTERNAL)
    care.do(desk_operations.assign, agent, reference, agent.user_id)
    care.do(desk_operations.escalate, agent, reference, 2, INTERNAL)
    found = desk_operations.Diagnosis(
        INTERNAL, INTERNAL, INTERNAL, Priority.P2, is_remote_session=True
    )
    care.do(desk_operations.diagnose, agent, reference, found)
    assert len(care.mails()) == before
    care.do(operations.reply, agent, reference, "We are on it.")
    assert len(care.mails()) > before
    assert not [m for m in care.mails() if INTERNAL in str(m) or agent.actor.name in str(m)]


def test_waiting_for_the_customer_is_said_once_with_the_reply(care):
    reference = care.opened()
    before = len(mailed_to(care, care.world.representative))
    care.do(
        operations.reply, care.world.agent, reference, "May we log in?", stop=StopReason.CUSTOMER
    )
    new = mailed_to(care, care.world.representative)[before:]
    assert [m["subject"].split(" · ")[1] for m in new] == ["we wait for you"]
    assert "May we log in?" in new[0]["body"]
    assert "Until you answer, the clock stands still." in new[0]["body"]


def test_a_stop_for_another_reason_is_no_mail(care):
    reference = care.opened()
    before = len(care.mails())
    stop_for(care, reference, StopReason.THIRD_PARTY, "The partner checks.")
    care.do(clock_operations.resume_clock, care.world.agent, reference, at=care.now)
    assert len(care.mails()) == before


def test_a_customer_stop_and_its_end_are_told(care):
    reference = care.opened()
    before = len(mailed_to(care, care.world.representative))
    stop_for(care, reference, StopReason.CUSTOMER, "Your turn.")
    care.now += timedelta(minutes=30)
    care.do(clock_operations.resume_clock, care.world.agent, reference, at=care.now)
    new = mailed_to(care, care.world.representative)[before:]
    assert [m["subject"].split(" · ")[1] for m in new] == [
        "we wait for you",
        "the clock runs again",
    ]
    assert "Your turn." in new[0]["body"]


@pytest.mark.parametrize(
    ("is_correction", "words"), [(True, "it was always that one"), (False, "from Mon 8 Jun")]
)
def test_a_new_priority_is_told_with_its_reason_INC_5(care, is_correction, words):
    reference = care.opened()
    before = len(mailed_to(care, care.world.representative))
    care.do(
        clock_operations.set_priority,
        care.world.agent,
        reference,
        Priority.P1,
        is_correction=is_correction,
        reason="Nobody can work.",
    )
    (mail,) = mailed_to(care, care.world.representative)[before:]
    assert words in mail["body"]
    assert "Nobody can work." in mail["body"]
    assert "We must restore the service by" in mail["body"]


def test_a_resolution_asks_to_confirm_and_a_reopening_is_told(care):
    reference = care.opened()
    stop_for(care, reference, StopReason.CUSTOMER, "Your turn.")
    before = len(mailed_to(care, care.world.broker))
    care.do(
        operations.resolve, care.world.agent, reference, "Renewed.", is_temporary=True, at=care.now
    )
    care.do(operations.reopen, care.world.representative, reference, "Still white.")
    new = mailed_to(care, care.world.broker)[before:]
    subjects = [m["subject"].split(" · ")[1] for m in new]
    assert subjects == ["resolved, please confirm", "reopened"]
    assert "with a temporary solution" in new[0]["body"]
    assert "runs again" not in new[0]["body"]
    assert f"{care.world.representative.actor.name} reopened" in new[1]["body"]


def test_leaving_the_scope_and_a_duplicate_are_told(care):
    kept, copy = care.opened(), care.opened()
    before = len(mailed_to(care, care.world.representative))
    care.do(
        desk_operations.leave_scope, care.world.agent, kept, OutOfScopeCause.EXTERNAL, "A storm."
    )
    care.do(desk_operations.void_ticket, care.world.agent, copy, "A test.")
    new = mailed_to(care, care.world.representative)[before:]
    assert ["A storm." in new[0]["body"], "A test." in new[1]["body"]] == [True, True]


def test_who_has_left_the_organisation_is_told_nothing(care):
    care.opened(by=care.world.representative)
    with acting(care.app) as session:
        session.execute(
            update(Membership)
            .where(Membership.user_id == care.world.broker.user_id)
            .values(ended_at=care.now)
        )
    assert care.mails() == []


def test_who_can_no_longer_sign_in_is_told_nothing(care):
    care.opened(by=care.world.representative)
    with acting(care.app) as session:
        session.execute(
            update(User).where(User.id == care.world.broker.user_id).values(is_active=False)
        )
    assert care.mails() == []


def test_an_imported_ticket_writes_no_mail_T64(care):
    reference = care.opened(channel=Channel.IMPORT)
    care.do(operations.reply, care.world.agent, reference, "Old words.")
    assert care.mails() == []


def test_history_is_not_mailed_weeks_later(care):
    care.opened()
    care.now += timedelta(days=8)
    assert care.mails() == []


def test_the_request_for_mails_goes_with_the_change_or_not_at_all(care):
    with care.app.app_context(), scoped(Scope.system("test"), db.session):
        ticket(care.world)
        db.session.rollback()
    assert care.mails() == []
    with acting(care.app) as session:
        jobs_written = select(func.count()).where(OutboxJob.name == "tickets.notify")
        assert session.scalar(jobs_written) == 0


def test_the_job_reads_no_further_than_its_customer(care):
    care.opened()
    with acting(care.app) as session:
        asked = session.scalars(select(OutboxJob).where(OutboxJob.name == "tickets.notify")).one()
        assert asked.payload["_narrow"] is True
        assert asked.customer_id == care.world.home.customer_id
    assert outbox.registered()["tickets.notify"].run is jobs.notify


def test_a_mail_says_how_to_answer(care):
    care.opened()
    body = care.mails()[0]["body"]
    assert "Answers to this mail are not read" in body
    assert "0800 00 000" in body

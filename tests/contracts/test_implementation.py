"""The implementation: office hours, the order of steps, activation, credentials (IMP-1, IMP-2)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ops_portal.accounts.models import Customer, Invitation
from ops_portal.contracts import implementation_operations as operations
from ops_portal.contracts import implementation_queries as queries
from ops_portal.contracts.implementation_access import link_access_owners
from ops_portal.contracts.implementation_jobs import tell_activated, tell_credentials
from ops_portal.contracts.implementation_operations import Doing
from ops_portal.contracts.life import LifeEvent
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.timeline import events_of
from ops_portal.core.db import db
from ops_portal.core.errors import ConflictError, NotFoundError, RefusedError
from ops_portal.core.outbox import OutboxJob
from ops_portal.core.permissions import Role
from ops_portal.orders import signing
from ops_portal.orders.signing import Paper
from tests.factories import MONDAY, make_world, person
from tests.orders import papers
from tests.orders.drafting import draft
from tests.portal import acting

HOUR = timedelta(hours=1)
SATURDAY = datetime(2026, 6, 13, 9, 0, tzinfo=UTC)
NATIONAL_DAY = datetime(2026, 7, 21, 9, 0, tzinfo=UTC)
"""A Tuesday, and a public holiday in Belgium."""


@pytest.fixture
def stage(app):
    """Return `(world, service)` of a service whose order was signed on Monday; all in one scope."""
    with acting(app):
        world = make_world()
        yield world, begun(world)


def begun(world, *, of=None, at=MONDAY, **changes):
    order = draft(world, of=of, at=at, **changes)
    paper = Paper("Claire", at.date(), papers.scan(), "scan.pdf")
    signing.take_in_paper(world.manager.actor, order, paper, now=at)
    return db.session.get_one(Service, order.service_id)


def do(stage, key, at=MONDAY + HOUR, *, by=None, now=None, **how):
    world, service = stage
    actor = (by or world.operator).actor
    return operations.do_step(actor, service, key, Doing(at, **how), now=now or at)


def activate(stage, at=MONDAY + 3 * HOUR):
    do(stage, "configure")
    do(stage, "associate_accounts", MONDAY + 2 * HOUR)
    do(stage, "activate", at)


def contract_of(service):
    return db.session.scalars(select(Contract).filter_by(service_id=service.id)).one()


def test_imp_1_the_checklist_comes_from_the_catalogue(stage):
    world, service = stage
    keys = [line.step.key for line in queries.checklist(service)]
    assert keys == ["configure", "associate_accounts", "activate", "basic_training"]
    plus = begun(world, of=world.foreign, subscription="plus")
    assert "basic_training" not in [line.step.key for line in queries.checklist(plus)]


def test_imp_1_each_step_keeps_who_and_when(stage):
    world, service = stage
    row = do(stage, "configure", note="Twice checked", done_by="Subcontractor Ltd")
    assert (row.done_at, row.done_by) == (MONDAY + HOUR, world.operator.user_id)
    assert (row.done_by_name, row.note) == ("Subcontractor Ltd", "Twice checked")
    assert [e.kind for e in events_of(service)] == [LifeEvent.STEP_DONE, LifeEvent.ORDERED]


@pytest.mark.parametrize(
    "at",
    [
        MONDAY + timedelta(hours=10),
        SATURDAY,
        NATIONAL_DAY,
        MONDAY + timedelta(days=1, hours=-2),
    ],
)
def test_imp_1_steps_are_done_in_office_hours_only(stage, at):
    with pytest.raises(RefusedError, match="outside the office hours") as refused:
        do(stage, "configure", at)
    assert refused.value.rule == "IMP-1"
    world = stage[0]
    with pytest.raises(RefusedError, match="say why"):
        do(stage, "configure", at, by=world.manager, override_reason=" ")
    row = do(stage, "configure", at, by=world.manager, override_reason="Asked by the customer")
    assert row.override_reason == "Asked by the customer"


def test_a_reason_is_not_kept_where_none_was_needed(stage):
    row = do(stage, "configure", by=stage[0].manager, override_reason="Just so")
    assert row.override_reason == ""


@pytest.mark.parametrize(
    ("at", "now", "sentence"),
    [
        (MONDAY + 2 * HOUR, MONDAY + HOUR, "lies ahead"),
        (MONDAY - timedelta(days=3), MONDAY, "before the signature"),
        (MONDAY + HOUR, MONDAY + timedelta(days=15), "more than 14 days back"),
    ],
)
def test_ord_3_the_time_of_a_step_lies_between_the_order_and_now(stage, at, now, sentence):
    with pytest.raises(RefusedError, match=sentence):
        do(stage, "configure", at, now=now)


def test_imp_1_the_steps_have_an_order(stage):
    with pytest.raises(RefusedError, match="Do the steps above first"):
        do(stage, "activate")
    with pytest.raises(RefusedError, match="needs the activation"):
        do(stage, "basic_training")
    do(stage, "associate_accounts", MONDAY + 2 * HOUR)
    do(stage, "configure", MONDAY + HOUR)
    with pytest.raises(RefusedError, match="before the steps that lead to it"):
        do(stage, "activate", MONDAY + HOUR, now=MONDAY + 3 * HOUR)
    do(stage, "activate", MONDAY + 3 * HOUR)
    with pytest.raises(RefusedError, match="before the activation"):
        do(stage, "basic_training", MONDAY + 2 * HOUR, now=MONDAY + 4 * HOUR)
    do(stage, "basic_training", MONDAY + 4 * HOUR)


def test_a_step_is_done_once(stage):
    do(stage, "configure")
    with pytest.raises(ConflictError):
        do(stage, "configure", MONDAY + 2 * HOUR)
    with pytest.raises(NotFoundError):
        do(stage, "make_coffee")


def test_imp_2_the_activation_is_an_instant_from_which_fee_and_levels_run(stage):
    service = stage[1]
    activate(stage, MONDAY + 3 * HOUR)
    assert service.activated_at == MONDAY + 3 * HOUR
    assert contract_of(service).active_from == MONDAY + 3 * HOUR
    assert LifeEvent.ACTIVATED in {e.kind for e in events_of(service)}


def test_imp_2_the_activation_may_be_recorded_later(stage):
    do(stage, "configure")
    do(stage, "associate_accounts", MONDAY + 2 * HOUR)
    do(stage, "activate", MONDAY + 3 * HOUR, now=MONDAY + timedelta(days=3))
    assert contract_of(stage[1]).active_from == MONDAY + 3 * HOUR


def test_imp_2_the_levels_wait_for_the_credentials(app):
    with acting(app):
        world = make_world()
        stage = world, begun(world, needs_credentials=True)
        service = stage[1]
        activate(stage)
        assert service.activated_at is not None
        assert contract_of(service).active_from is None
        later = MONDAY + timedelta(days=1)
        operations.receive_credentials(world.operator.actor, service, later, now=later)
        assert contract_of(service).active_from == later
        with pytest.raises(ConflictError):
            operations.receive_credentials(world.operator.actor, service, later, now=later)


def test_imp_2_credentials_that_came_first_do_not_bring_the_levels_forward(app):
    with acting(app):
        world = make_world()
        stage = world, begun(world, needs_credentials=True)
        at = MONDAY + HOUR
        operations.receive_credentials(world.operator.actor, stage[1], at, now=at)
        activate(stage)
        assert contract_of(stage[1]).active_from == MONDAY + 3 * HOUR


def test_a_service_without_credentials_receives_none(stage):
    world, service = stage
    with pytest.raises(RefusedError, match="has no credentials"):
        operations.receive_credentials(world.operator.actor, service, MONDAY, now=MONDAY)


def test_ord_2_the_activation_invites_exactly_the_access_owner(stage):
    activate(stage)
    invited = db.session.scalars(select(Invitation)).all()
    assert [(i.email, i.role) for i in invited] == [("hugo@owner.example", Role.ACCESS_OWNER)]


def test_ord_2_who_has_the_login_already_is_linked(app):
    with acting(app):
        world = make_world()
        service = begun(world, access_owner_email=world.access_owner.email)
        activate((world, service))
        assert service.access_owner_id == world.access_owner.user_id
        assert not db.session.scalars(select(Invitation)).all()


def test_ord_2_who_joins_later_is_linked_then(stage):
    world, service = stage
    activate(stage)
    assert link_access_owners() == 0
    customer = db.session.get_one(Customer, world.home.customer_id)
    hugo = person("Hugo", (customer, Role.ACCESS_OWNER))
    service.access_owner_email = hugo.email.upper()
    db.session.flush()
    assert link_access_owners() == 1
    db.session.refresh(service)
    assert service.access_owner_id == hugo.user_id


def test_imp_2_the_activation_is_told_in_everybodys_language_once(stage):
    world, service = stage
    activate(stage)
    for _ in range(2):
        tell_activated(service_id=service.id, now=MONDAY)
    mails = db.session.scalars(select(OutboxJob).filter_by(name="mail.send")).all()
    told = {m.payload["to"]: m.payload for m in mails}
    assert set(told) == {
        "hugo@owner.example",
        world.representative.email,
        world.broker.email,
    }
    assert len(mails) == 3
    assert service.reference in told["hugo@owner.example"]["body"]
    assert "is active" in told[world.broker.email]["subject"]


def test_imp_2_the_receipt_of_the_credentials_is_told(app):
    with acting(app):
        world = make_world()
        service = begun(world, needs_credentials=True)
        activate((world, service))
        later = MONDAY + timedelta(days=1)
        operations.receive_credentials(world.operator.actor, service, later, now=later)
        tell_credentials(service_id=service.id, now=later)
        mails = db.session.scalars(select(OutboxJob).filter_by(name="mail.send")).all()
        assert len(mails) == 3


def test_trn_1_training_windows_that_end_are_found(stage):
    """TRN-1: six months after the signature of the order, as long as it was not given."""
    world, service = stage
    begun(world, of=world.foreign, subscription="plus")
    days = timedelta(days=30)
    early, near = MONDAY + timedelta(days=90), datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert queries.training_windows_ending(early, days) == []
    found = queries.training_windows_ending(near, days)
    assert [(e.service.id, e.window.ends_on.isoformat()) for e in found] == [
        (service.id, "2026-12-08")
    ]
    after = datetime(2026, 12, 9, 9, tzinfo=UTC)
    assert queries.training_windows_ending(after, days) == []
    activate(stage)
    do(stage, "basic_training", MONDAY + 4 * HOUR)
    assert queries.training_windows_ending(near, days) == []

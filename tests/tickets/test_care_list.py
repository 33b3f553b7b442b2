"""The customer's list and home: the own tickets only, narrowed by the address, as files too.

SLA-4 (verdicts of the months), MNT-1 (announced works).
"""

import io
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import event

from ops_portal.core.db import db
from ops_portal.maintenance.models import AffectedElement, PlannedWork
from ops_portal.tickets import clock_operations, operations
from sla.policy import Priority, StopReason
from tests.factories import MONDAY
from tests.portal import acting
from tests.tickets.care_world import INTERNAL, Care, Visitor, new_care

LIST = "/care/incidents"


@pytest.fixture
def care(app, monkeypatch) -> Care:
    return new_care(app, monkeypatch)


@pytest.fixture
def visitor(care) -> Visitor:
    return care.visitor(care.world.representative)


def resolve(care: Care, reference: str) -> None:
    agent = care.world.agent
    care.do(operations.resolve, agent, reference, "Done.", is_temporary=False, at=care.now)


def shown(visitor: Visitor, address: str, references: list[str]) -> list[str]:
    page = visitor.read(address)
    return [reference for reference in references if reference in page]


def test_the_list_holds_the_own_tickets_newest_first(care, visitor):
    first = care.opened()
    second = care.opened(at=MONDAY + timedelta(hours=1))
    foreign = care.opened(of=care.world.foreign)
    page = visitor.read(LIST)
    assert page.index(second) < page.index(first)
    assert foreign not in page
    oldest = visitor.read(f"{LIST}?order=oldest")
    assert oldest.index(first) < oldest.index(second)


def test_colleagues_of_the_same_customer_see_the_same(care):
    reference = care.opened(by=care.world.representative)
    assert reference in care.visitor(care.world.broker).read(LIST)


def test_the_address_narrows_the_list(care, visitor):
    degraded, asked = care.opened(), care.opened(priority=Priority.P4, title="A question of ours")
    resolve(care, degraded)
    both = [degraded, asked]
    assert shown(visitor, f"{LIST}?state=open", both) == [asked]
    assert shown(visitor, f"{LIST}?state=resolved", both) == [degraded]
    assert shown(visitor, f"{LIST}?state=open&state=resolved", both) == both
    assert shown(visitor, f"{LIST}?priority=P4", both) == [asked]
    assert shown(visitor, f"{LIST}?q=question", both) == [asked]
    assert shown(visitor, f"{LIST}?times=restoration:met", both) == [degraded]
    assert shown(visitor, f"{LIST}?times=restoration:breached", both) == []
    assert shown(visitor, f"{LIST}?resolved=2026-06", both) == [degraded]
    assert shown(visitor, f"{LIST}?resolved=2026-05", both) == []


def test_a_search_does_not_find_internal_words(care, visitor):
    reference = care.opened()
    care.do(operations.note, care.world.agent, reference, INTERNAL)
    assert reference not in visitor.read(f"{LIST}?q=certificate")


def test_pages_follow_one_another_without_gap(care, visitor):
    for minute in range(53):
        care.opened(at=MONDAY + timedelta(minutes=minute))
    first = visitor.get(LIST).text
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = visitor.get(following).text
    assert first.count("data-row-link") == 50
    assert second.count("data-row-link") == 3


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_export_holds_nothing_internal(care, visitor, form):
    reference, foreign = care.opened(), care.opened(of=care.world.foreign)
    care.do(operations.note, care.world.agent, reference, INTERNAL)
    answer = visitor.get(f"{LIST}?export={form}")
    text = answer.text if form == "csv" else unzipped(answer.data)
    assert reference in text
    assert foreign not in text
    assert INTERNAL not in text
    assert care.world.agent.actor.name not in text


def unzipped(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


def test_an_exported_formula_stays_text(care, visitor):
    care.opened(title="=1+1")
    assert ",'=1+1," in visitor.get(f"{LIST}?export=csv").text


def test_home_says_what_is_promised_and_what_is_asked(care, visitor):
    waiting, promised = care.opened(title="Waiting one"), care.opened(title="Promised one")
    care.do(
        clock_operations.stop_clock,
        care.world.agent,
        waiting,
        StopReason.CUSTOMER,
        start=care.now,
        end=None,
        note="Your turn.",
    )
    page = visitor.read("/care")
    assert "We wait for your answer" in page
    assert promised in page
    assert "We aim to start working on it by Mon 8 Jun 2026, 11:00." in page
    assert "0800 00 000" in page


def test_home_asks_to_confirm_what_is_resolved(care, visitor):
    reference = care.opened()
    assert "Resolved: does it work for you?" not in visitor.read("/care")
    resolve(care, reference)
    assert "Resolved: does it work for you?" in visitor.read("/care")


def test_home_counts_the_verdicts_of_the_month_of_the_resolution(care, visitor):
    resolve(care, care.opened())
    late = care.opened(priority=Priority.P1)
    care.now = MONDAY + timedelta(days=4)
    resolve(care, late)
    page = visitor.read("/care")
    assert "Time to restore" in page
    assert "1 of 2 kept: see the late ones" in page
    late_ones = f"{LIST}?resolved=2026-06&times=restoration:breached"
    assert shown(visitor, late_ones, [late]) == [late]


def test_a_reopened_incident_is_in_no_month(care, visitor):
    reference = care.opened()
    resolve(care, reference)
    assert "1 of 1" in visitor.read("/care")
    care.do(operations.reopen, care.world.representative, reference, "Not yet.")
    assert "1 of 1" not in visitor.read("/care")


def test_home_announces_the_works_that_touch_the_customer(care, visitor):
    announce(care, "Network change", care.world.home)
    announce(care, "Works of somebody else", care.world.foreign)
    page = visitor.read("/care")
    assert "Network change" in page
    assert "Works of somebody else" not in page


def announce(care: Care, title: str, tenant) -> None:
    with acting(care.app) as session:
        work = PlannedWork(
            title=title,
            starts_at=care.now + timedelta(days=1),
            ends_at=care.now + timedelta(days=1, hours=3),
            announced_at=care.now,
        )
        session.add(work)
        session.flush()
        session.add(
            AffectedElement(
                customer_id=tenant.customer_id, work_id=work.id, element_id=tenant.element_id
            )
        )


def test_the_pages_cost_a_handful_of_statements_whatever_they_show(care, visitor):
    costs = []
    for _round in range(2):
        for minute in range(6):
            care.opened(at=MONDAY + timedelta(minutes=minute))
        resolve(care, care.opened())
        costs.append({path: statements(care, visitor, path) for path in ("/care", LIST)})
    assert costs[0] == costs[1]
    assert max(costs[1].values()) <= 20


def statements(care: Care, visitor: Visitor, path: str) -> int:
    visitor.get(path)
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_rest: object) -> None:
        asked.append(statement)

    with care.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        visitor.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(asked)

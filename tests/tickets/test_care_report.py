"""Reporting by the customer: impact, own side, and the one thing that is not taken in writing.

INC-3, INC-4, INC-12; sla-cases T26, T60.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ops_portal.core.errors import RefusedError
from ops_portal.tickets.impact import PRIORITY_OF, Impact
from ops_portal.tickets.models import Channel, Fact, FactKind, Ticket
from sla.policy import Priority
from tests.factories import MONDAY, ticket
from tests.portal import acting
from tests.tickets.care_world import Care, new_care, words_of

REPORT = "/care/report"
GOOD = {
    "impact": "serious",
    "title": "No invoice opens",
    "description": "A white page, for everybody.",
    "since": "2026-06-08T08:30",
    "element": "0",
    "phone": "+32 2 555 01 23",
    "is_own_side_checked": "y",
}


@pytest.fixture
def care(app, monkeypatch) -> Care:
    return new_care(app, monkeypatch)


def tickets(care: Care) -> int:
    with acting(care.app) as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def reported(care: Care, answer) -> Ticket:
    assert answer.status_code == 303, words_of(answer)
    return care.state(answer.location.rpartition("/")[2])


def test_the_impact_leads_to_the_priority_INC_3(care):
    visitor = care.visitor(care.world.representative)
    for impact in ("serious", "backup", "limited", "none"):
        found = reported(care, visitor.send(REPORT, **GOOD | {"impact": impact}))
        assert found.priority == PRIORITY_OF[Impact(impact)]
        assert found.channel == Channel.PORTAL


def test_a_report_that_is_far_too_long_is_refused_and_kept_whole(care):
    typed = "0123456789" * 30_000
    visitor = care.visitor(care.world.representative)
    assert "maxlength" not in visitor.get(REPORT).text
    sent = visitor.send(REPORT, **GOOD | {"description": typed})
    assert sent.status_code == 422
    assert typed in sent.text
    assert 'id="description-error"' in sent.text
    assert tickets(care) == 0


def test_marks_that_turn_the_writing_around_are_taken_out_of_what_is_reported(care):
    visitor = care.visitor(care.world.representative)
    typed = {"title": "No \u202einvoice\u2069 opens\u0007", "description": "One\r\n\u2066two\ttabs"}
    found = reported(care, visitor.send(REPORT, **GOOD | typed))
    assert found.title == "No invoice opens"
    assert found.description == "One\ntwo\ttabs"


def test_what_was_answered_is_kept_and_shown(care):
    visitor = care.visitor(care.world.representative)
    found = reported(care, visitor.send(REPORT, **GOOD))
    with acting(care.app) as session:
        made = session.scalars(select(Fact).where(Fact.kind == FactKind.CREATED)).one()
        assert made.data == {"impact": "serious", "since": "2026-06-08T06:30:00+00:00"}
    assert found.is_own_side_checked
    assert found.contact_phone == "+32 2 555 01 23"
    page = visitor.read(f"/care/incidents/{found.reference}")
    assert "Noticed since Mon 8 Jun 2026, 08:30" in page
    assert f"{found.reference} is open." in page


@pytest.mark.parametrize("changes", [{}, {"title": "", "is_own_side_checked": ""}])
def test_a_complete_interruption_is_refused_with_the_number_and_the_text_kept_INC_4_T60(
    care, changes
):
    visitor = care.visitor(care.world.representative)
    answer = visitor.send(REPORT, **GOOD | {"impact": "complete"} | changes)
    assert answer.status_code == 422
    assert tickets(care) == 0
    page = words_of(answer)
    assert "0800 00 000" in page
    assert care.world.home.code in page
    assert "A white page, for everybody." in answer.text
    assert re.search(r'<input checked[^>]*value="complete"', answer.text)
    assert 'value="2026-06-08T08:30"' in answer.text


def test_a_refused_interruption_can_be_sent_as_less_INC_4(care):
    visitor = care.visitor(care.world.representative)
    answer = visitor.send(REPORT, **GOOD | {"impact": "complete", "instead": "serious"})
    assert reported(care, answer).priority == Priority.P2


def test_the_operation_itself_refuses_a_written_interruption_INC_4(care):
    with acting(care.app), pytest.raises(RefusedError) as refused:
        ticket(care.world, by=care.world.representative, priority=Priority.P1, title="")
    assert refused.value.rule == "INC-4"


def test_the_own_side_is_confirmed_for_incidents_INC_12(care):
    visitor = care.visitor(care.world.representative)
    answer = visitor.send(REPORT, **GOOD | {"is_own_side_checked": ""})
    assert answer.status_code == 422
    assert "Check your own side first" in answer.text
    assert 'value="No invoice opens"' in answer.text
    assert tickets(care) == 0


def test_a_change_at_the_customer_is_reported_in_the_same_place_INC_12(care):
    visitor = care.visitor(care.world.representative)
    answer = visitor.send(
        "/care/report/change", title="We move", element="0", since="2026-07-01T08:00"
    )
    found = reported(care, answer)
    assert (found.kind, found.priority) == ("customer_change", "P4")
    page = visitor.read(f"/care/incidents/{found.reference}")
    assert "Takes place Wed 1 Jul 2026, 08:00" in page


def test_a_question_is_a_request_without_targets_INC_3(care):
    visitor = care.visitor(care.world.representative)
    answer = visitor.send("/care/report/question", title="How long is the history?", element="0")
    found = reported(care, answer)
    assert (found.kind, found.priority) == ("request", "P4")


def test_sending_a_report_twice_opens_one_ticket(care):
    visitor = care.visitor(care.world.representative)
    first = visitor.send(REPORT, once="the-same-key", **GOOD)
    again = visitor.send(REPORT, once="the-same-key", **GOOD)
    assert again.location == first.location
    assert tickets(care) == 1


def test_an_element_of_another_customer_cannot_be_named(care):
    visitor = care.visitor(care.world.representative)
    foreign = str(care.world.foreign.element_id)
    assert visitor.send(REPORT, **GOOD | {"element": foreign}).status_code == 422
    assert tickets(care) == 0


def test_a_time_that_does_not_exist_is_refused_T26(care):
    visitor = care.visitor(care.world.representative)
    answer = visitor.send(REPORT, **GOOD | {"since": "2026-03-29T02:30"})
    assert answer.status_code == 422
    assert "This time does not exist" in answer.text


def test_an_incident_cannot_have_been_noticed_in_the_future(care):
    visitor = care.visitor(care.world.representative)
    answer = visitor.send(REPORT, **GOOD | {"since": "2026-06-09T08:30"})
    assert answer.status_code == 422
    assert "lies in the future" in answer.text


def test_a_ticket_of_the_portal_is_notified_when_it_is_created(care):
    visitor = care.visitor(care.world.representative)
    care.now = MONDAY + timedelta(hours=1)
    found = reported(care, visitor.send(REPORT, **GOOD))
    with acting(care.app) as session:
        instants = session.scalars(select(Fact.at).where(Fact.ticket_id == found.id)).all()
    assert set(instants) == {care.now}

"""The customer's page of one ticket: plain words, public facts only, and three answers.

INC-5, INC-6 (a diagnosis stays inside), INC-9, INC-11; SLA-2, SLA-5, SLA-6.
"""

from datetime import timedelta

import pytest

from ops_portal.tickets import clock_operations, desk_operations, operations
from ops_portal.tickets.models import OutOfScopeCause
from sla.policy import Priority, StopReason
from tests.factories import MONDAY, api_token
from tests.portal import acting
from tests.tickets.care_world import INTERNAL, Care, new_care


@pytest.fixture
def care(app, monkeypatch) -> Care:
    return new_care(app, monkeypatch)


def url(reference: str, action: str = "") -> str:
    return f"/care/incidents/{reference}" + (f"/{action}" if action else "")


def read(care: Care, reference: str) -> str:
    return care.visitor(care.world.representative).read(url(reference))


def resolve(care: Care, reference: str) -> None:
    care.do(
        operations.resolve,
        care.world.agent,
        reference,
        "The certificate was renewed.",
        is_temporary=False,
        at=care.now,
    )


def test_a_best_effort_target_is_an_aim_and_a_guaranteed_one_a_must_SLA_5(care):
    page = read(care, care.opened())
    assert "We aim to start working on it by Mon 8 Jun 2026, 11:00." in page
    assert "We aim to restore the service by Fri 12 Jun 2026, 17:00." in page
    page = read(care, care.opened(priority=Priority.P1))
    assert "We must restore the service by Wed 10 Jun 2026, 13:00." in page


def test_a_late_start_is_said_with_the_support_time_it_is_late(care):
    reference = care.opened()
    care.now = MONDAY + timedelta(hours=3)
    page = read(care, reference)
    assert "We should have started working on it by Mon 8 Jun 2026, 11:00." in page
    assert "We are 1 h of support time late." in page


def test_a_priority_without_target_says_so_T71(care):
    page = read(care, care.opened(priority=Priority.P3))
    assert "The contract sets no target times for this priority." in page


def test_nothing_internal_is_on_the_page(care):
    reference, agent = care.opened(), care.world.agent
    care.do(operations.note, agent, reference, INTERNAL)
    care.do(desk_operations.assign, agent, reference, agent.user_id)
    care.do(desk_operations.escalate, agent, reference, 2, INTERNAL)
    found = desk_operations.Diagnosis(
        INTERNAL, INTERNAL, INTERNAL, Priority.P2, is_remote_session=True
    )
    care.do(desk_operations.diagnose, agent, reference, found)
    answer = care.visitor(care.world.representative).get(url(reference))
    assert INTERNAL not in answer.text
    assert agent.actor.name not in answer.text
    assert "Second line" not in answer.text


def test_nothing_internal_is_in_the_json_either(care):
    reference = care.opened()
    care.do(operations.note, care.world.agent, reference, INTERNAL)
    with acting(care.app):
        token = api_token(care.world.representative)
    client = care.app.test_client()
    for part in ("", "/facts", "/stops", "/clocks"):
        answer = client.get(
            f"/api/v1/tickets/{reference}{part}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200, answer.text
        assert INTERNAL not in answer.text


def test_a_stop_of_a_long_ticket_keeps_its_note_where_nights_are_summed_up(care):
    reference = care.opened()
    care.do(
        clock_operations.stop_clock,
        care.world.agent,
        reference,
        StopReason.THIRD_PARTY,
        start=care.now,
        end=None,
        note="The partner network checks its records.",
    )
    care.now += timedelta(days=40)
    assert read(care, reference).count("The partner network checks its records.") >= 2


def test_a_stop_shows_its_reason_and_its_public_note_SLA_2(care):
    reference = care.opened()
    care.do(
        clock_operations.stop_clock,
        care.world.agent,
        reference,
        StopReason.CUSTOMER,
        start=care.now,
        end=None,
        note="Please send us the paper invoice.",
    )
    page = read(care, reference)
    assert "We wait for your answer. Until it arrives, the clock stands still." in page
    assert page.count("Please send us the paper invoice.") >= 1
    assert "we would have until" in page


def test_every_figure_has_its_receipt_with_the_notes_of_the_stops_SLA_6(care):
    reference = care.opened()
    care.do(
        clock_operations.stop_clock,
        care.world.agent,
        reference,
        StopReason.THIRD_PARTY,
        start=care.now - timedelta(hours=1),
        end=care.now,
        note="The partner network checks its records.",
        why_late="noted after the call",
    )
    page = read(care, reference)
    assert page.count("The partner network checks its records.") == 3  # history, two receipts
    assert "1 h 00 min 00 s" in page
    assert "SLA-4" in page


def test_a_corrected_priority_is_shown_with_its_reason_INC_5(care):
    reference = care.opened()
    care.do(
        clock_operations.set_priority,
        care.world.agent,
        reference,
        Priority.P1,
        is_correction=True,
        reason="Nobody at all can work.",
    )
    page = read(care, reference)
    assert "Priority corrected to P1: it was always that one" in page
    assert "Nobody at all can work." in page


def test_a_ticket_outside_the_service_says_so_and_promises_nothing_INC_9(care):
    reference = care.opened()
    care.do(
        desk_operations.leave_scope,
        care.world.agent,
        reference,
        OutOfScopeCause.FOREIGN_COMPONENT,
        "The scanners are not ours.",
    )
    page = read(care, reference)
    assert "No target applies: the cause lies outside the service." in page
    assert "The scanners are not ours." in page
    assert "We aim" not in page


def test_an_entry_taken_back_stays_visible_as_such_INC_11(care):
    reference = care.opened()
    care.do(clock_operations.start_intervention, care.world.agent, reference, at=care.now)
    care.do(clock_operations.annul, care.world.agent, reference, 4, reason="Wrong ticket.")
    page = read(care, reference)
    assert "We started working on it" in page
    assert "Taken back later; it does not count." in page
    assert "Wrong ticket." in page


def test_a_reply_ends_the_stop_that_waited_for_the_customer_T42(care):
    reference = care.opened()
    care.do(
        clock_operations.stop_clock,
        care.world.agent,
        reference,
        StopReason.CUSTOMER,
        start=care.now,
        end=None,
        note="May we log in?",
    )
    care.now += timedelta(minutes=30)
    visitor = care.visitor(care.world.representative)
    sent = visitor.send(url(reference, "reply"), page=url(reference), reply__body="Yes, come in.")
    assert sent.status_code == 303
    assert care.state(reference).paused_reason is None
    page = visitor.read(url(reference))
    assert "Yes, come in." in page
    assert "Clock runs again: we have your answer" in page


def test_a_stop_the_desk_ends_itself_is_not_called_an_answer_SLA_2(care):
    reference = care.opened()
    care.do(
        clock_operations.stop_clock,
        care.world.agent,
        reference,
        StopReason.CUSTOMER,
        start=care.now,
        end=None,
        note="May we log in?",
    )
    care.now += timedelta(minutes=30)
    care.do(clock_operations.resume_clock, care.world.agent, reference, at=care.now)
    page = read(care, reference)
    assert "Clock runs again: we do not wait for you any more" in page
    assert "we have your answer" not in page


def test_a_sentence_about_an_earlier_priority_names_it_and_its_clock(care):
    reference = care.opened()
    care.do(clock_operations.start_intervention, care.world.agent, reference, at=care.now)
    care.now += timedelta(hours=1)
    care.do(
        clock_operations.set_priority,
        care.world.agent,
        reference,
        Priority.P1,
        is_correction=False,
        reason="It spread.",
    )
    page = read(care, reference)
    assert (
        "As P2: when the priority changed, 3 h of the 48 h for restoring the service had passed."
        in page
    )
    assert (
        "As P1: we were at work on it already, so the target for starting was met at once." in page
    )


def test_an_empty_reply_is_refused_beside_the_field(care):
    reference = care.opened()
    visitor = care.visitor(care.world.representative)
    sent = visitor.send(url(reference, "reply"), page=url(reference), reply__body="  ")
    assert sent.status_code == 422
    assert "Write a few words." in sent.text
    assert 'aria-invalid="true"' in sent.text


def test_a_reply_that_is_far_too_long_is_refused_and_kept_whole(care):
    reference = care.opened()
    visitor = care.visitor(care.world.representative)
    assert "maxlength" not in visitor.get(url(reference)).text
    typed = "0123456789" * 30_000
    sent = visitor.send(url(reference, "reply"), page=url(reference), reply__body=typed)
    assert sent.status_code == 422
    assert typed in sent.text
    assert 'id="reply-body-error"' in sent.text


@pytest.mark.parametrize("action", ["reply", "confirm", "reopen"])
def test_the_address_of_a_refused_form_leads_back_to_the_ticket(care, action):
    reference = care.opened()
    answer = care.visitor(care.world.representative).get(url(reference, action))
    assert (answer.status_code, answer.location) == (303, url(reference))


def test_a_reply_sent_twice_is_written_once(care):
    reference = care.opened()
    visitor = care.visitor(care.world.representative)
    for _again in range(2):
        sent = visitor.send(
            url(reference, "reply"), page=url(reference), once="the-same-key", reply__body="Once."
        )
        assert sent.status_code == 303
    assert visitor.read(url(reference)).count("Once.") == 1


def test_a_resolution_is_confirmed_with_one_press(care):
    reference = care.opened()
    resolve(care, reference)
    visitor = care.visitor(care.world.representative)
    assert "Please tell us whether it is." in visitor.read(url(reference))
    assert visitor.send(url(reference, "confirm"), page=url(reference)).status_code == 303
    assert care.state(reference).state == "closed"
    page = visitor.read(url(reference))
    assert "takes no more messages" in page
    assert "The service was restored after 2 h of support time; the target was 48 h." in page


def test_a_resolution_that_is_none_is_reopened_with_words_T54(care):
    reference = care.opened()
    resolve(care, reference)
    visitor = care.visitor(care.world.representative)
    refused = visitor.send(url(reference, "reopen"), page=url(reference), reopen__body="")
    assert refused.status_code == 422
    sent = visitor.send(url(reference, "reopen"), page=url(reference), reopen__body="Still white.")
    assert sent.status_code == 303
    assert care.state(reference).state == "new"
    assert "Still white." in visitor.read(url(reference))


def test_confirming_what_was_reopened_meanwhile_is_refused_on_the_page(care):
    reference = care.opened()
    resolve(care, reference)
    care.do(operations.reopen, care.world.representative, reference, "Not yet.")
    visitor = care.visitor(care.world.representative)
    sent = visitor.send(url(reference, "confirm"), page=url(reference))
    assert sent.status_code == 422
    assert "Only a resolved ticket can be confirmed." in sent.text


def test_another_tenants_ticket_and_none_at_all_have_the_same_answer(care):
    foreign = care.opened(of=care.world.foreign)
    visitor = care.visitor(care.world.representative)
    missing = "INC-00000000"
    for action in ("", "reply", "confirm", "reopen"):
        answers = []
        for reference in (foreign, missing):
            if action:
                answer = visitor.send(url(reference, action), page="/care/report", reply__body="x")
            else:
                answer = visitor.get(url(reference))
            shown = answer.text.replace(reference, "…")
            answers.append((answer.status_code, shown.split("<main")[1].split("</main")[0]))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def test_a_broker_sees_the_active_organisation_only(care):
    own, other = care.opened(), care.opened(of=care.world.foreign)
    visitor = care.visitor(care.world.broker)
    page = visitor.read("/care/incidents")
    assert own in page
    assert other not in page
    assert visitor.get(url(other)).status_code == 404


def test_an_access_owner_has_no_incidents(care):
    reference = care.opened()
    visitor = care.visitor(care.world.access_owner)
    assert visitor.get(url(reference)).status_code == 403
    assert visitor.get("/care/incidents").status_code == 403
    assert visitor.get("/care/report").status_code == 403
    page = visitor.read("/care")
    assert reference not in page
    assert "Your role covers the invoices" in page

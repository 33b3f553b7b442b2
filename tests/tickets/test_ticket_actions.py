"""What an agent does on the page: each action once, its refusals, and nothing done twice."""

import pytest

from tests.tickets.agent_page import an_office, kinds, recorded
from tests.tickets.desk import at

TYPED = {"body", "note", "reason", "at", "survivor"}


@pytest.fixture
def office(app, monkeypatch):
    return an_office(app, monkeypatch)


@pytest.mark.parametrize(
    ("name", "typed", "written"),
    [
        ("reply", {"body": "We look into it."}, ["replied"]),
        ("note", {"body": "The proxy."}, ["noted"]),
        ("escalate", {"line": "2", "reason": "network"}, ["escalated"]),
        ("start", {}, ["intervention_started"]),
        ("resolve", {"body": "Restarted.", "solution": "temporary"}, ["resolved"]),
        (
            "reply",
            {"body": "Which browser?", "is_start": "y", "stop": "customer"},
            ["replied", "intervention_started", "clock_stopped"],
        ),
        (
            "diagnose",
            {"body": "Disk full.", "cause": "logs", "component": "Store", "impact": "P2"},
            ["diagnosed"],
        ),
    ],
)
def test_an_action_without_effect_on_the_past_is_saved_at_once(office, name, typed, written):
    page = office.agent()
    page.send(name, **typed)
    assert page.follow().status_code == 200
    assert kinds(office) == written


def test_a_reply_that_is_far_too_long_is_refused_and_kept_whole(office):
    page = office.agent()
    assert "maxlength" not in page.shown.text
    typed = "0123456789" * 30_000
    sent = page.send("reply", body=typed)
    assert sent.status_code == 422
    assert typed in sent.text
    assert 'id="reply-body-error"' in sent.text
    assert kinds(office) == []


def test_the_address_of_a_refused_form_leads_back_to_the_ticket(office):
    page = office.agent()
    answer = page.client.get(f"{page.address}/reply")
    assert (answer.status_code, answer.location) == (303, page.address)
    assert page.client.get(f"{page.address}/no-such-action").status_code == 404


def test_marks_that_turn_the_writing_around_are_taken_out_of_a_note(office):
    page = office.agent()
    page.send("note", body="The \u202eproxy\u202c.\n\nAnd \u0000more.")
    assert [fact.text for fact in recorded(office)][-1:] == ["The proxy.\n\nAnd more."]


@pytest.mark.parametrize(
    ("name", "typed", "written"),
    [
        ("stop", {"stop_reason": "customer", "note": "logs"}, ["clock_stopped"]),
        (
            "priority",
            {"priority": "P1", "basis": "correction", "reason": "x"},
            ["priority_corrected"],
        ),
        ("priority", {"priority": "P3", "basis": "change", "reason": "x"}, ["priority_changed"]),
        ("scope", {"cause": "a_external", "reason": "a power cut"}, ["out_of_scope"]),
        ("void", {"reason": "a test"}, ["voided"]),
        ("start", {"at": "2026-06-08T10:00", "reason": "by telephone"}, ["intervention_started"]),
        (
            "resolve",
            {"body": "Done.", "solution": "permanent", "at": "2026-06-08T10:00", "reason": "x"},
            ["resolved"],
        ),
        (
            "stop",
            {
                "stop_reason": "third_party",
                "note": "the carrier",
                "start": "2026-06-08T10:00",
                "end": "2026-06-08T11:00",
                "reason": "told later",
            },
            ["clock_stopped", "clock_resumed"],
        ),
    ],
)
def test_an_action_that_moves_clocks_is_shown_before_it_is_saved(office, name, typed, written):
    page = office.agent()
    assert page.send(name, **typed).status_code == 200
    assert "This would move" in page.words
    assert kinds(office) == []
    page.send(name, is_confirmed=True, **typed)
    assert page.follow().status_code == 200
    assert kinds(office) == written


def test_giving_a_ticket_to_a_colleague_shows_the_new_owner(office):
    page = office.agent()
    page.send("assign", user_id=office.world.other_agent.user_id)
    page.follow()
    assert "Owner Other agent" in page.words
    assert "Given to Other agent" in page.words


def test_a_ticket_cannot_be_given_to_somebody_who_is_no_agent(office):
    assert office.agent().send("assign", user_id=office.world.clerk.user_id).status_code == 404


def test_a_back_dated_fact_keeps_its_own_instant_and_says_why(office):
    page = office.agent()
    typed = {"at": "2026-06-08T09:20", "reason": "started while on the telephone"}
    page.send("start", **typed)
    page.send("start", is_confirmed=True, **typed)
    fact = recorded(office)[-1]
    assert (fact.at, fact.recorded_at) == (at("2026-06-08 09:20"), at("2026-06-08 12:00"))
    assert fact.reason == "started while on the telephone"
    page.follow()
    assert "recorded Mon 8 Jun, 12:00" in page.words


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("reply", {"body": " "}, "Write a few words."),
        ("start", {"at": "2026-06-08T09:20"}, "Say why this is recorded later than it happened."),
        ("start", {"at": "2026-06-08T08:00", "reason": "x"}, "cannot start before the ticket"),
        ("start", {"at": "2026-06-08T13:00"}, "The time lies in the future."),
        (
            "stop",
            {"stop_reason": "customer", "note": "x", "start": "2026-06-08T13:00", "reason": "x"},
            "Empty: now. The time lies in the future.",
        ),
        ("start", {"at": "soon"}, "Type a date and a time."),
        ("stop", {"stop_reason": "customer", "note": ""}, "Say what is being waited for."),
        ("stop", {"stop_reason": "weather", "note": "x"}, "Not a valid choice"),
        ("resume", {}, "The clock is not stopped."),
        ("priority", {"priority": "P1", "reason": "x"}, "Say which of the two it is."),
        (
            "priority",
            {"priority": "P2", "basis": "change", "reason": "x"},
            "has that priority already",
        ),
        ("duplicate", {"survivor": "INC-1"}, "There is no such ticket."),
        ("escalate", {"line": "1"}, "The ticket is on that line already."),
        ("reopen", {"body": "x"}, "Only a resolved ticket can be reopened."),
        ("annul", {"seq": "2", "reason": "x"}, "This entry cannot be taken back."),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(office, name, typed, sentence):
    page = office.agent()
    answer = page.send(name, **typed)
    assert answer.status_code == 422
    assert sentence in page.words
    assert "Nothing was saved. What you typed is still here." in page.words
    for value in (v for k, v in typed.items() if k in TYPED and v.strip()):
        assert f'"{value}"' in answer.text or f"{value}</textarea>" in answer.text
    assert kinds(office) == []


def test_a_time_that_does_not_exist_is_refused_and_one_that_comes_twice_asks_t26(office):
    office.it_is("2026-10-26 09:00")
    page = office.agent()
    typed = {"stop_reason": "customer", "note": "x", "start": "2026-10-25T02:30", "reason": "x"}
    assert page.send("stop", **typed).status_code == 422
    assert "Say which one you mean." in page.words
    assert 'name="stop-start-which"' in page.shown.text
    page.send("stop", **typed, **{"start-which": "second"})
    assert "This would move" in page.words
    page.send("stop", is_confirmed=True, **typed, **{"start-which": "second"})
    assert recorded(office)[-1].at == at("2026-10-25 02:30").replace(hour=1)


def test_sending_a_form_twice_does_it_once(office):
    page = office.agent()
    data = {**page.hidden(), "note-body": "Once, please."}
    answers = [page.client.post(f"{page.address}/note", data=data) for _time in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert kinds(office) == ["noted"]


def test_a_preview_sent_twice_stays_a_preview(office):
    page = office.agent()
    data = {**page.hidden(), "void-reason": "a test"}
    for _time in range(2):
        assert page.client.post(f"{page.address}/void", data=data).status_code == 200
    assert kinds(office) == []


def test_taking_back_an_entry_asks_shows_and_keeps_it(office):
    page = office.agent()
    page.send("start")
    page.follow()
    page.read("?annul=4")
    assert "Entry #4: Intervention started." in page.words
    page.send("annul", seq="4", reason="It was another ticket.")
    assert "This would move" in page.words
    page.send("annul", seq="4", reason="It was another ticket.", is_confirmed=True)
    page.follow()
    assert kinds(office) == ["intervention_started", "annulled"]
    assert "Intervention started taken back" in page.words


def test_an_unknown_action_is_not_found(office):
    assert office.agent().send("explode").status_code == 404


def test_somebody_who_may_only_read_cannot_act(office):
    page = office.agent()
    reader = office.agent(office.world.operator)
    data = {**page.hidden(), "note-body": "x"}
    assert reader.client.post(f"{reader.address}/note", data=data).status_code in {400, 403}
    assert kinds(office) == []

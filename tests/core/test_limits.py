"""Rate limits and idempotency keys: in the database, so that they hold over restarts."""

import threading
from datetime import timedelta

import pytest

from ops_portal.core import idempotency, limits
from ops_portal.core.db import db
from ops_portal.core.errors import LimitedError
from ops_portal.core.tenancy import Scope, scoped
from tests.factories import MONDAY
from tests.portal import acting

MINUTE = timedelta(minutes=1)


def attempt(at=MONDAY, bucket="b"):
    return limits.count_attempt(bucket, limit=3, per=MINUTE, now=at)


def test_attempts_are_counted_down_and_then_refused(app):
    with app.app_context():
        assert [attempt() for _ in range(3)] == [2, 1, 0]
        with pytest.raises(LimitedError) as caught:
            attempt(MONDAY + timedelta(seconds=20))
        assert caught.value.retry_after_s in range(39, 42)
        assert attempt(bucket="other") == 2
        assert attempt(MONDAY + MINUTE) == 2


def test_success_clears_the_count(app):
    with app.app_context():
        attempt()
        limits.forget_attempts("b")
        assert attempt() == 2


def test_a_count_stays_when_its_request_is_rolled_back(app):
    with acting(app) as session:
        attempt()
        session.rollback()
        assert attempt() == 1


def test_old_counts_are_deleted(app):
    with app.app_context():
        attempt()
        limits.purge(MONDAY + MINUTE)
        assert attempt() == 2


def claim(key="k", owner="o"):
    return idempotency.claim(owner, key, user_id=None, fingerprint="f", now=MONDAY)


def test_a_key_is_claimed_once_and_answers_ever_after(app):
    with acting(app):
        assert claim() is None
        idempotency.remember("o", "k", status=201, answer={"location": "/x"})
    with acting(app):
        earlier = claim()
        assert (earlier.status, earlier.answer) == (201, {"location": "/x"})
        assert claim(owner="somebody else") is None


def test_a_key_of_a_failed_request_is_free_again(app):
    with acting(app) as session:
        claim()
        session.rollback()
        assert claim() is None


def test_a_double_click_waits_for_the_first_and_gets_its_answer(app):
    first_has_it, answers = threading.Event(), []

    def second():
        with app.app_context(), scoped(Scope.system("tests"), db.session):
            first_has_it.wait()
            answers.append(claim())
            db.session.rollback()

    thread = threading.Thread(target=second)
    thread.start()
    with acting(app):
        claim()
        first_has_it.set()
        thread.join(0.3)
        assert thread.is_alive(), "the second waits"
        idempotency.remember("o", "k", status=303, answer={"location": "/done"})
    thread.join(5)
    assert answers[0].answer == {"location": "/done"}

"""Who was turned away stands in the audit log, once a minute at most (CFG-2)."""

import pytest
from sqlalchemy import select

from ops_portal.core import audit
from ops_portal.core.audit import AuditEntry
from ops_portal.core.clock import now
from tests.accounts.browsing import change
from tests.factories import PASSWORD
from tests.portal import acting

REFUSALS = ("session.refuse", "access.refuse")


def refusals(app, customer_id):
    """Return the refusals in an organisation's chain, which holds."""
    with acting(app) as session:
        assert list(audit.verify_chain(customer_id)) == []
        query = select(AuditEntry).filter_by(customer_id=customer_id)
        found = session.scalars(query.where(AuditEntry.action.in_(REFUSALS))).all()
        session.expunge_all()
    return found


def try_in(browser, email, password="not the password"):  # noqa: S107 (a wrong one)
    answer = browser.send("/login", {"email": email, "password": password})
    answer.close()  # the entry is written when the answer is on its way
    return answer


def test_a_refused_sign_in_stands_in_the_chain_of_the_persons_organisation(app, world, browse):
    assert try_in(browse(), world.representative.email.upper()).status_code == 422
    (entry,) = refusals(app, world.home.customer_id)
    assert (entry.object_type, entry.object_id) == ("user", str(world.representative.user_id))
    assert (entry.actor_id, entry.actor_name, entry.ip) == (None, "sign-in", "127.0.0.1")
    assert entry.after == {"person": world.representative.actor.name, "why": "refused"}
    assert entry.request_id


def test_knocking_often_is_one_entry_a_minute(app, world, browse):
    browser, began = browse(), now()
    for _ in range(6):
        try_in(browser, world.representative.email)
    assert len(refusals(app, world.home.customer_id)) <= 1 + (now() - began).seconds // 60 + 1


def test_an_address_nobody_has_leaves_no_entry(app, world, browse):
    try_in(browse(), "nobody@example.org")
    for tenant in (world.home, world.foreign):
        assert refusals(app, tenant.customer_id) == []


def test_somebody_without_an_organisation_stands_in_the_providers_chain(app, world, browse):
    who = world.representative.user_id
    change(app, "UPDATE memberships SET ended_at = now() WHERE user_id = :id", id=who)
    try_in(browse(), world.representative.email, PASSWORD)
    assert refusals(app, world.home.customer_id) == []
    assert [e.object_id for e in refusals(app, world.agent.actor.customer_id)] == [str(who)]


@pytest.mark.parametrize(
    ("path", "route"), [("/desk", "tickets.desk"), ("/operations/audit", "operations.audit_log")]
)
def test_a_denial_stands_in_the_chain_of_the_organisation_acted_for(
    app, world, browse, path, route
):
    browser = browse(world.representative)
    for _ in range(3):
        assert browser.get(path).status_code == 403
    found = refusals(app, world.home.customer_id)
    assert 1 <= len(found) <= 2  # a new minute may begin
    assert (found[0].object_type, found[0].object_id) == ("route", route)
    assert found[0].actor_id == world.representative.user_id
    assert found[0].after == {"method": "GET", "address": path}


def test_what_nobody_may_know_of_is_no_denial(app, world, browse):
    """Another tenant's ticket and none at all answer alike, and neither is an entry."""
    browse(world.representative).get("/care/tickets/INC-2026-999999")
    assert refusals(app, world.home.customer_id) == []

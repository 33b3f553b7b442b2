"""The provider's customers: listed, added, changed, each with its own audit chain."""

import pytest

from tests.accounts.browsing import audited, change, rows, words_of
from tests.factories import ticket
from tests.portal import acting

FACTS = {"code": "K-1", "name": "Clinique Neuve", "language": "fr", "phone": "+32 2 000 00 00"}


def test_the_list_shows_every_customer_and_not_the_provider(world, browse):
    page = words_of(browse(world.clerk).get("/customers"))
    assert world.home.code in page
    assert world.foreign.code in page
    assert "PROVIDER" not in page


@pytest.mark.parametrize("who", ["representative", "access_owner", "stranger"])
@pytest.mark.parametrize("path", ["", "/new", "/{home}", "/{home}/edit", "/{home}/people"])
def test_no_customer_sees_the_customers(world, browse, who, path):
    path = path.format(home=world.home.customer_id)
    assert browse(world.personas()[who]).get(f"/customers{path}").status_code == 403


def test_the_list_is_searched_filtered_and_ordered(app, world, browse):
    change(app, "UPDATE customers SET language = 'nl' WHERE id = :id", id=world.foreign.customer_id)
    browser = browse(world.agent)
    by_number = words_of(browser.get(f"/customers?q={world.home.code}"))
    assert world.home.code in by_number
    assert world.foreign.code not in by_number
    assert world.home.code not in words_of(browser.get("/customers?language=nl"))
    names = [browser.get(f"/customers?order={order}").text for order in ("name", "-name")]
    assert [p.index(world.home.code) < p.index(world.foreign.code) for p in names] == [False, True]


@pytest.mark.parametrize("args", ["order=evil", "after=x", "before=~~", "q=%00%27%25", "role=x"])
def test_an_address_that_makes_no_sense_is_harmless(world, browse, args):
    assert browse(world.agent).get(f"/customers?{args}").status_code == 200


def test_the_list_is_exported(app, world, browse):
    change(app, "UPDATE customers SET name = '=cmd()' WHERE id = :id", id=world.home.customer_id)
    with browse(world.agent).get("/customers?export=csv") as answer:
        text = answer.get_data(as_text=True)
    assert len(text.splitlines()) == 3
    assert "'=cmd()" in text


def test_a_customer_is_added_and_its_first_person_invited(app, world, browse):
    browser = browse(world.manager)
    answer = browser.send("/customers/new", FACTS)
    ((added,),) = rows(app, "SELECT id FROM customers WHERE code = 'K-1'")
    assert answer.location == f"/customers/{added}/people/invite"
    assert audited(app, added) == ["customer.add"]
    data = {"email": "first@example.org", "roles": "representative"}
    assert browser.send(answer.location, data).status_code == 303
    assert audited(app, added) == ["customer.add", "invitation.send"]


def test_a_number_is_given_once(world, browse):
    refused = browse(world.manager).send("/customers/new", {**FACTS, "code": world.home.code})
    assert refused.status_code == 422
    assert "Another customer has this number." in words_of(refused)
    assert "Clinique Neuve" in refused.text


@pytest.mark.parametrize(
    "changes", [{"code": ""}, {"name": " "}, {"language": "de"}, {"code": "x" * 41}]
)
def test_what_is_no_customer_is_refused(world, browse, changes):
    assert browse(world.manager).send("/customers/new", {**FACTS, **changes}).status_code == 422


def test_a_customer_is_changed(app, world, browse):
    browser = browse(world.manager)
    path = f"/customers/{world.home.customer_id}/edit"
    facts = {**FACTS, "code": world.home.code}
    answer = browser.send(path, {**facts, "is_provider": "y", "id": world.foreign.customer_id})
    assert answer.location == f"/customers/{world.home.customer_id}"
    query = "SELECT name, phone, is_provider FROM customers WHERE id = :id"
    found = rows(app, query, id=world.home.customer_id)
    assert found == [("Clinique Neuve", "+32 2 000 00 00", False)]
    entry = rows(app, "SELECT before, after FROM audit_entries WHERE action = 'customer.change'")
    assert set(entry[0][0]) == set(entry[0][1]) == {"name", "phone"}
    browser.send(path, facts)
    assert audited(app, world.home.customer_id).count("customer.change") == 1


def test_a_customer_keeps_the_own_number_and_takes_no_other(world, browse):
    path = f"/customers/{world.home.customer_id}/edit"
    refused = browse(world.manager).send(path, {**FACTS, "code": world.foreign.code})
    assert refused.status_code == 422


@pytest.mark.parametrize("who", ["agent", "clerk"])
def test_who_only_reads_customers_does_not_change_them(world, browse, who):
    browser = browse(world.personas()[who])
    data = {**browser.keys("/account"), **FACTS}
    for path in ("new", f"{world.home.customer_id}/edit"):
        assert browser.client.post(f"/customers/{path}", data=data).status_code == 403


def test_the_page_of_a_customer_shows_what_holds_for_it(app, world, browse):
    with acting(app):
        ticket(world)
    page = browse(world.agent).get(f"/customers/{world.home.customer_id}")
    text = words_of(page)
    assert world.home.code in text
    assert "Invoice viewer" in text
    assert world.representative.email in text
    assert world.stranger.email not in text
    assert f'<a href="/desk?customer={world.home.code}">1</a>' in page.text
    assert "Invite somebody" not in text


def test_reading_across_customers_is_audited(app, world, browse):
    browse(world.clerk).get(f"/customers/{world.home.customer_id}")
    assert "scope.staff" in audited(app, world.provider_id)


def test_a_customer_that_does_not_exist(world, browse):
    assert browse(world.manager).get("/customers/999999").status_code == 404

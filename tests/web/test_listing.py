"""The one list: its state is the address, and nothing in an address can break it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from ops_portal.core.db import db
from ops_portal.core.paging import Page
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.web.listing import Choice, Column, Listing

COLUMNS = [
    Column("name", "Name", lambda row: row, order="name"),
    Column("age", "Age", len, order="age", kind="number", is_falling=True),
]
CHOICES = [
    Choice("state", "State", [("open", "Open"), ("closed", "Closed")]),
    Choice("priority", "Priority", [("P1", "One"), ("P2", "Two")], is_multiple=True),
]


@pytest.fixture
def asking(edge):
    contexts = []

    def ask(query=""):
        context = edge.test_request_context(f"/login?{query}")
        context.push()
        contexts.append(context)
        return Listing(
            "people",
            COLUMNS,
            label="People",
            choices=CHOICES,
            orders={"name": "By name", "age": "Oldest first"},
            search_label="Search",
            keeps=("view",),
        )

    yield ask
    for context in reversed(contexts):
        context.pop()


def query_of(url):
    return parse_qs(urlsplit(url).query)


def test_a_bare_address_shows_everything_in_the_first_order(asking):
    listing = asking()
    assert (listing.order, listing.q, listing.after, listing.before) == ("name", "", "", "")
    assert listing.chosen("state") == ()
    assert listing.one("state") is None
    assert not listing.is_narrowed
    assert not listing.wants_export


@pytest.mark.parametrize("query", ["order=password", "state=nonsense", "export=exe", "priority="])
def test_what_is_unknown_is_ignored(asking, query):
    listing = asking(query)
    assert listing.order == "name"
    assert not listing.is_narrowed
    assert not listing.wants_export


def test_one_value_or_several(asking):
    listing = asking("state=open&state=closed&priority=P2&priority=P1")
    assert listing.chosen("state") == ("open",)
    assert listing.one("state") == "open"
    assert listing.chosen("priority") == ("P1", "P2")
    assert CHOICES[1].words(listing.chosen("priority")) == "One, Two"


def test_words_searched_for_hold_nothing_a_database_refuses(asking):
    assert asking("q=%20a%00b%20").q == "ab"


def test_the_next_page_keeps_the_state(asking):
    listing = asking("q=é&priority=P1&order=age&view=mine&before=x")
    listing.show(Page(["a"], after="k~1", before=None))
    assert query_of(listing.after_url) == {
        "q": ["é"],
        "priority": ["P1"],
        "order": ["age"],
        "view": ["mine"],
        "after": ["k~1"],
    }
    assert listing.before_url == ""


def test_another_order_or_filter_starts_at_the_first_page(asking):
    listing = asking("q=a&after=k")
    assert query_of(listing.order_url("age")) == {"q": ["a"], "order": ["age"]}
    assert query_of(listing.clear_url) == {}


def test_clearing_keeps_what_belongs_to_the_page(asking):
    assert query_of(asking("q=a&view=mine&order=age").clear_url) == {
        "view": ["mine"],
        "order": ["age"],
    }


def test_an_export_is_the_whole_list_as_narrowed(asking):
    listing = asking("priority=P2&after=k&export=csv")
    assert listing.wants_export
    assert query_of(listing.export_url("xlsx")) == {"priority": ["P2"], "export": ["xlsx"]}
    with scoped(Scope.customers(1), db.session), listing.export(iter(["anna"])) as answer:
        assert b"anna" in answer.get_data()


def test_a_list_without_exports_gives_none(asking):
    listing = asking("export=csv")
    listing.has_exports = False
    assert not listing.wants_export

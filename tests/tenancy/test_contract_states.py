"""Each route, for customers with each kind of contract, answers as it says. CAT-3.

Plus, Plus with options, Advanced, ended, not yet activated, deactivated, not begun.
"""

from collections import Counter

import pytest

from ops_portal.contracts.entitlements import granted_to, holdings_of
from ops_portal.web import api as edge
from ops_portal.web.public import PUBLIC
from tests.contracts.states import CASES, contract_in
from tests.factories import MONDAY, make_world
from tests.portal import acting
from tests.tenancy.props import furnish
from tests.tenancy.test_crawler import ids_of, routes
from tests.tenancy.visiting import Visitor


@pytest.fixture
def stage(app, monkeypatch):
    """Return `(props, {case: (visitor, holdings)})`: the ids of the crawler are of others."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=False)
    monkeypatch.setattr(edge, "REQUESTS_PER_MINUTE", 10**6)
    with acting(app):
        world = make_world()
        built = {case.name: contract_in(case) for case in CASES}
        props = furnish(world)  # afterwards: it describes another service
        holdings = {name: holdings_of(found.customer_id) for name, found in built.items()}
    people = {name: Visitor(app, found.representative) for name, found in built.items()}
    return props, {name: (people[name], holdings[name]) for name in built}


def may(app, rule, person, holdings):
    """Return whether permission and contract open a route."""
    view = app.view_functions[rule.endpoint]
    need = getattr(view, "need", None)
    is_included = not need or granted_to(holdings, need.component, MONDAY, need.use).is_granted
    return is_included and any(person.actor.can(p) for p in getattr(view, "permissions", ()))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cat_3_each_route_answers_as_the_contract_says(app, stage, case):
    props, cases = stage
    visitor, holdings = cases[case.name]
    wrong, answers = [], Counter()
    for rule, method in routes(app):
        is_known = (
            set(ids_of(rule, method)) <= props.keys()
        )  # another test names those that are not
        if rule.endpoint in PUBLIC or rule.endpoint == "accounts.logout" or not is_known:
            continue
        chosen = {name: props[name]["theirs"] for name in ids_of(rule, method)}
        status = visitor.visit(rule, method, chosen).status_code
        is_open = may(app, rule, visitor.person, holdings)
        answers[is_open] += 1
        if (status == 403) == is_open or status >= 500:
            wrong.append(f"{method} {rule}: {status}, open: {is_open}")
    assert not wrong, "\n".join(wrong)
    assert min(answers.values()) > 10


def test_the_kinds_of_contract_do_get_different_answers(app, stage):
    _props, cases = stage
    opened = {
        name: {
            f"{method} {rule}"
            for rule, method in routes(app)
            if may(app, rule, visitor.person, holdings)
        }
        for name, (visitor, holdings) in cases.items()
    }
    assert opened["advanced"] == opened["plus"] == opened["plus with options"]
    assert opened["not begun"] < opened["ended"] < opened["plus"]
    assert opened["ended"] == opened["not active"] == opened["deactivated"]
    assert "POST /care/report" not in opened["ended"]
    assert "GET /care/incidents/<reference>" in opened["ended"]

"""No code knows a service; every route of the customers says its component. CAT-1, CAT-3."""

import re
import tomllib

from ops_portal.core.permissions import CUSTOMER_ROLES, permissions_of
from ops_portal.web.components import WITHOUT, is_without
from ops_portal.web.guard import permissions_of_route
from ops_portal.web.public import PUBLIC
from sla.policy import DEFAULT_DESCRIPTION
from tests.architecture.tree import ROOT

FILE = tomllib.loads(DEFAULT_DESCRIPTION.read_text(encoding="utf-8"))
LEFT_OUT = ("ops_portal/demo/", "ops_portal/translations/")
KINDS = {".py", ".html", ".txt", ".js", ".typ", ".toml"}
CUSTOMERS = permissions_of(frozenset(CUSTOMER_ROLES))


def names():
    """Return the names and keys of the service and its subscriptions, as code would quote them."""
    subscriptions = FILE["subscriptions"]
    words = {FILE["name"], *subscriptions}
    return words | {name for names in subscriptions.values() for name in names.values()}


def test_cat_1_no_code_and_no_template_knows_a_service_or_its_subscriptions():
    quoted = re.compile("|".join(f"[\"']{re.escape(name)}[\"']" for name in names()))
    found = []
    for folder in ("ops_portal", "sla"):
        for path in (ROOT / folder).rglob("*"):
            place = path.relative_to(ROOT).as_posix()
            if path.suffix in KINDS and not place.startswith((*LEFT_OUT, "sla/descriptions/")):
                text = path.read_text(encoding="utf-8")
                found += [f"{place}: {hit}" for hit in quoted.findall(text)]
                found += [f"{place}: {FILE['name']}"] if FILE["name"] in text else []
    assert found == []


def sides(app):
    """Yield `(endpoint, need)` of every route a customer's role opens."""
    with app.app_context():
        for rule in app.url_map.iter_rules():
            permissions = permissions_of_route(rule.endpoint)
            if rule.endpoint not in PUBLIC and CUSTOMERS & set(permissions):
                yield rule.endpoint, getattr(app.view_functions[rule.endpoint], "need", None)


def test_cat_3_every_route_of_the_customers_side_names_its_component_or_why_it_has_none(assembled):
    bare = {
        endpoint for endpoint, need in sides(assembled) if not need and not is_without(endpoint)
    }
    assert bare == set(), "name the component in @requires, or add the route to WITHOUT"


def test_every_component_that_routes_name_is_one_of_the_service(assembled):
    named = {need.component for _endpoint, need in sides(assembled) if need}
    assert named <= FILE["components"].keys()


def test_no_route_both_names_a_component_and_needs_none(assembled):
    assert {e for e, need in sides(assembled) if need and e in WITHOUT} == set()
    assert {e for e in WITHOUT if not e.endswith(".")} <= {e for e, _need in sides(assembled)}

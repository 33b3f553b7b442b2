"""Whatever an API client sends, the answer is one the document describes, and no fault of ours."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ops_portal.contracts.models import Contract
from ops_portal.core.db import db
from ops_portal.web import api as edge
from tests.factories import api_token, make_world, ticket
from tests.orders.drafting import offered
from tests.portal import acting


@pytest.fixture
def described(app, monkeypatch):
    """Return the API as its own document describes it."""
    monkeypatch.setattr(edge, "REQUESTS_PER_MINUTE", 10**6)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


@pytest.fixture
def caller(app):
    """Return tokens of both sides, and what the addresses name that they may see."""
    with acting(app):
        world = make_world()
        people = (world.representative, world.agent, world.manager)
        named = {
            "reference": ticket(world).reference,
            "order_reference": offered(world).reference,
            "contract_reference": _contract(world),
        }
        return [api_token(person) for person in people], named


def _contract(world):
    return db.session.get_one(Contract, world.home.contract_id).reference


@pytest.mark.slow
def test_the_api_answers_as_described(described, caller):
    tokens, named = caller
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) >= 15
    for operation in operations:
        _try(operation.as_strategy(), named, tokens)


# the contract says no to more than a schema can: P1 by telephone only, one stop per reason …
def _try(cases, named, tokens):
    @settings(
        max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(case=cases)
    def answer(case):
        for name in named.keys() & (case.path_parameters or {}).keys():
            case.path_parameters[name] = named[name]
        for token in tokens:
            case.headers["Authorization"] = f"Bearer {token}"
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

    answer()

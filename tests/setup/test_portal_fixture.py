"""The fixtures every other test stands on: a fresh portal each time, and no way out."""

import socket

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ops_portal.accounts.models import Customer
from tests.portal import acting
from tests.sockets import OutsideError


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_writes_the_next_does_not_see(app: Flask, turn: str) -> None:
    with acting(app) as session:
        assert session.scalar(select(func.count(Customer.id))) == 1  # the provider
        customer = Customer(code=turn, name="Left behind", language="en", zone="Europe/Brussels")
        customer.phone, customer.is_provider = "", False
        customer.created_at = session.scalars(select(Customer.created_at)).one()
        session.add(customer)


def test_the_portal_answers(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["database"]) == (200, True)
    assert answer.get_json()["queue"]


def test_a_test_cannot_reach_another_machine() -> None:
    with socket.socket() as outside, pytest.raises(OutsideError):
        outside.connect(("192.0.2.1", 80))

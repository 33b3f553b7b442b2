"""The engine agrees with a slow walk over every second. Rules SLA-1 to SLA-7, INC-5, MNT-3, CAT-1.

The cases cover stops, works, holidays, both clock changes, lists of priorities, reopenings, several
zones and an invented service; `oracle.py` shares no code with the engine.
"""

from collections import Counter
from random import Random

import pytest

from sla.clock import evaluate
from sla.reading import clock_to_json, facts_from_json
from tests.sla import oracle
from tests.sla.random_tickets import random_ticket
from tests.sla.services import SERVICES, Service

SHARES = 5
TICKETS = 100
BY_NAME = {service.name: service for service in SERVICES}


def engine(facts: dict, service: Service) -> list[dict]:
    """Return what the engine makes of the facts, without the clause the oracle does not know."""
    clocks = evaluate(facts_from_json(facts), service.description, service.schedule, explain=True)
    shown = [clock_to_json(clock, service.description.zone) for clock in clocks]
    return [{k: v for k, v in clock.items() if k != "clause"} for clock in shown]


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("name", BY_NAME)
def test_the_engine_agrees_with_the_walk(name: str, share: int) -> None:
    service = BY_NAME[name]
    random = Random(f"{name} {share}")
    for _ in range(TICKETS):
        facts = random_ticket(service, random)
        assert engine(facts, service) == oracle.evaluate(facts, service.walk), facts


def test_the_random_tickets_reach_every_state_and_cause() -> None:
    """A comparison proves little if the cases are all alike."""
    seen: Counter[str | None] = Counter()
    for service in SERVICES:
        random = Random(service.name)
        for _ in range(60):
            for clock in engine(random_ticket(service, random), service):
                seen[clock["state"]] += 1
                seen.update(segment["cause"] for segment in clock["segments"])
    states = {"running", "paused", "met", "breached", "superseded", "not_applicable"}
    reasons = {"customer", "force_majeure", "third_party", "connectivity"}
    causes = {None, "outside_window", "public_holiday", "planned_works", "reopened"}
    assert seen.keys() == states | causes | {f"stop:{reason}" for reason in reasons}
    assert min(seen.values()) >= 5

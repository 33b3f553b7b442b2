"""Many threads, few connections, rollbacks and cancelled statements: no row crosses."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from ops_portal.core import tenancy
from ops_portal.core.tenancy import Scope, scoped
from tests.factories import make_world, ticket
from tests.portal import acting

THREADS, ROUNDS, POOL = 32, 150, 4


@pytest.mark.slow
def test_no_row_crosses_in_a_storm(app):
    with acting(app):
        world = make_world()
        for tenant in (world.home, world.foreign):
            for _ in range(5):
                ticket(world, of=tenant)
    engine = create_engine(
        app.config["SQLALCHEMY_DATABASE_URI"], pool_size=POOL, max_overflow=0, pool_timeout=60
    )
    factory = sessionmaker(engine)
    tenancy.install(factory)
    tenants = [world.home.customer_id, world.foreign.customer_id]
    foreign, done, lock = [], [0], threading.Lock()

    def storm(number):
        chance = random.Random(number)
        for _ in range(ROUNDS):
            mine = chance.choice(tenants)
            seen = _transaction(factory, mine, chance)
            with lock:
                done[0] += 1
                foreign.extend(found for found in seen if found != mine)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(storm, range(THREADS)))
    engine.dispose()
    assert done[0] == THREADS * ROUNDS
    assert foreign == []


def _transaction(factory: sessionmaker[Session], mine: int, chance: random.Random) -> list[int]:
    """Read everything the scope shows, then end well, roll back, be cancelled, or fail."""
    with factory() as session, scoped(Scope.customers(mine), session):
        seen = list(session.scalars(text("SELECT customer_id FROM tickets")))
        assert seen, "the own tickets are seen"
        ending = chance.choice(("commit", "rollback", "cancel", "fault"))
        try:
            if ending == "cancel":
                session.execute(text("SET LOCAL statement_timeout = 1"))
                session.execute(text("SELECT pg_sleep(1)"))
            elif ending == "fault":
                session.execute(text("SELECT 1 / 0"))
        except DBAPIError:
            session.rollback()
        session.commit() if ending == "commit" else session.rollback()
        seen += list(session.scalars(text("SELECT customer_id FROM facts")))
        session.rollback()
    return seen

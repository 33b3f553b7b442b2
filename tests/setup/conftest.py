"""An installation in a folder of its own, and its servers when a test asks for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_portal.core.embedded import keys, place, servers
from ops_portal.core.embedded.environment import Installation
from ops_portal.core.embedded.supervisor import Supervisor


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Return a new installation that this test holds alone."""
    where = place.open_place(tmp_path / "data")
    with place.sole_use(where):
        yield Installation(where, keys.load_or_make(where.data), {})
        place.leave(where)


@pytest.fixture
def supervisor(installation: Installation, said: list[str]) -> Iterator[Supervisor]:
    """Return a supervisor of that installation that ends what it started."""
    made = Supervisor(installation.place.logs, said.append)
    yield made
    made.close()


@pytest.fixture
def said() -> list[str]:
    """Collect the lines an operator would read."""
    return []


@pytest.fixture
def running(installation: Installation, supervisor: Supervisor) -> Supervisor:
    """Return the supervisor with both servers running."""
    servers.start_servers(installation, supervisor)
    return supervisor

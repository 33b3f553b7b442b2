"""What the tests of the engine share: the description and the schedule of the fixture."""

import pytest

from sla.policy import Description
from sla.schedule import Schedule
from tests.sla.factories import BELGIAN, DESCRIPTION


@pytest.fixture(scope="session")
def description() -> Description:
    return DESCRIPTION


@pytest.fixture(scope="session")
def schedule() -> Schedule:
    return BELGIAN

"""PostgreSQL and Valkey as services of the supervisor."""

import time

from ops_portal.core.embedded import postgres, roles, valkey
from ops_portal.core.embedded.environment import Installation
from ops_portal.core.embedded.processes import Pause
from ops_portal.core.embedded.supervisor import Service, Supervisor


def start_servers(
    installation: Installation, supervisor: Supervisor, pause: Pause = time.sleep
) -> None:
    """Start those of the two servers that the operator did not replace, with their roles.

    Raises:
        StartError: one of them does not start.

    """
    place, keys = installation.place, installation.keys
    if installation.has_own_database:
        supervisor.run(
            Service(
                "PostgreSQL",
                lambda: postgres.start(place, keys["superuser"], pause=pause),
                postgres.stop,
            )
        )
        postgres.run_sql(place, keys["superuser"], roles.script(keys))
    if installation.has_own_queue:
        supervisor.run(Service("Valkey", lambda: valkey.start(place, pause), valkey.stop))

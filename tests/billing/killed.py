"""A process that closes a month and kills itself in the middle: run as a program by a test.

python -m tests.billing.killed RUN_ID ATTEMPT SERVICES
"""

import os
import signal
import sys

from ops_portal.app import create_app
from ops_portal.billing import closing
from ops_portal.core.config import read_config
from ops_portal.core.db import db
from ops_portal.core.tenancy import Scope, scoped
from tests.billing.month import SECOND_OF_JUNE, SELLER


def main(run_id: int, attempt: int, services: int) -> None:
    closing.CHUNK = 3

    def watch(run):
        if run.services_done >= services:
            os.kill(os.getpid(), signal.SIGKILL)

    app = create_app(read_config(os.environ))
    with app.app_context(), scoped(Scope.system("killed"), db.session):
        closing.close(run_id, attempt, SELLER, clock=lambda: SECOND_OF_JUNE, watch=watch)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))

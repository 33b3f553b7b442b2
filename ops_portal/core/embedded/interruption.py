"""Being asked to stop: noticed at the next pause, where nothing is half done."""

import signal
import time

from ops_portal.core.embedded.errors import Stopped

SLICE_S = 0.1


class Interruption:
    """Remembers SIGINT, SIGTERM and SIGHUP until somebody pauses."""

    def __init__(self) -> None:
        """Take over the signals of this process."""
        self.is_asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def pause(self, seconds: float) -> None:
        """Wait; a request to stop cuts it short.

        Raises:
            Stopped: somebody asked to stop.

        """
        end = time.monotonic() + seconds
        while not self.is_asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, SLICE_S))
        if self.is_asked:
            raise Stopped

    def _note(self, _number: int, _frame: object) -> None:
        self.is_asked = True

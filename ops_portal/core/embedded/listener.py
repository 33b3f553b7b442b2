"""The listening socket: opened before anything slow, inherited by the web processes."""

import errno
import socket
import time

from ops_portal.core.embedded.environment import HOST
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.processes import Pause, wait_until

BACKLOG = 1024
GRACE_S = 1.0
"""How long a killed predecessor may need to let go of the port."""

ANSWER_S = 0.5


def listen(port: int, pause: Pause = time.sleep) -> socket.socket:
    """Return a socket that listens on this machine's own address.

    Raises:
        StartError: the port is taken or may not be used.

    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        _bind(listener, port, pause)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _bind(listener: socket.socket, port: int, pause: Pause) -> None:
    if not wait_until(lambda: _is_bound(listener, port), GRACE_S, pause):
        message = f"port {port} is in use by another program: choose another with --port"
        raise StartError(message)


def _is_bound(listener: socket.socket, port: int) -> bool:
    try:
        listener.bind((HOST, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        message = f"port {port} cannot be used: {error.strerror}; choose another with --port"
        raise StartError(message) from None
    except OverflowError:
        message = f"there is no port {port}: choose one from 1 to 65535 with --port"
        raise StartError(message) from None
    return True


def answers(port: int) -> bool:
    """Whether the portal behind the port says that it is ready."""
    request = b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n"
    try:
        with socket.create_connection((HOST, port), timeout=ANSWER_S) as client:
            client.sendall(request)
            return b" 200 " in client.recv(100).partition(b"\r\n")[0]
    except OSError:
        return False

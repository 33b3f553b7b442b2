"""No test reaches beyond this machine."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers import external_hosts

Address = Any  # what the socket module takes: a pair, a quadruple, a path


class OutsideError(RuntimeError):
    """A test tried to reach something that is not a server of the tests."""


@pytest.fixture(autouse=True, scope="session")
def _stay_inside() -> Iterator[None]:
    """Refuse connections to anything but this machine and the servers of the tests."""
    allowed = external_hosts()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(name, allowed))
        yield


def _guarded(name: str, allowed: frozenset[str]) -> Any:
    original = getattr(socket.socket, name)

    def connect(self: socket.socket, address: Address) -> Any:
        if self.family != socket.AF_UNIX and not _is_inside(str(address[0]), allowed):
            message = f"a test may not connect to {address[0]}"
            raise OutsideError(message)
        return original(self, address)

    return connect


def _is_inside(host: str, allowed: frozenset[str]) -> bool:
    if host == "localhost" or host in allowed:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

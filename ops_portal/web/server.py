"""The web process: waitress on a listening socket that the supervisor opened.

The limits are there for slow clients: reading and writing sockets costs waitress no thread, so a
thousand half-open requests wait without holding up anybody, as long as they may connect.
"""

import gc
import resource
import signal
import socket

import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from ops_portal.core.config import Config
from ops_portal.web.security_headers import headers_of

THREADS = 8
CONNECTIONS = 2000
SILENCE_S = 60
SWEEP_S = 10
MAX_HEADERS_BYTES = 64 * 1024
ENVELOPE_BYTES = 1024 * 1024  # what a form adds around the largest file


def serve_socket(app: Flask, fd: int) -> None:
    """Answer requests on an inherited listening socket until told to stop."""
    config: Config = app.extensions["portal.config"]
    _allow_files(CONNECTIONS + 200)
    signal.signal(signal.SIGTERM, _leave)
    _guard_refusals(is_https=config.is_https)
    gc.collect()
    gc.freeze()  # what was made at the start stays: no request pays for looking at it again
    with socket.socket(fileno=fd) as listener:
        waitress.serve(
            app,
            sockets=[listener],
            threads=THREADS,
            ident=None,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,  # select() cannot watch that many
            channel_timeout=SILENCE_S,
            cleanup_interval=SWEEP_S,
            max_request_header_size=MAX_HEADERS_BYTES,
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + ENVELOPE_BYTES,
            clear_untrusted_proxy_headers=not config.trusted_proxies,
            _quiet=True,
        )


def _guard_refusals(*, is_https: bool) -> None:
    """Give the answers that waitress makes by itself, such as 431, the headers of all others."""
    headers = [*headers_of(is_https=is_https).items(), ("Cache-Control", "no-store")]

    class Refusal(ErrorTask):
        def start(self) -> None:
            super().start()
            self.response_headers.extend(headers)

    HTTPChannel.error_task_class = Refusal


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _allow_files(wanted: int) -> None:
    """Raise the soft limit on open files as far as the hard one lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))

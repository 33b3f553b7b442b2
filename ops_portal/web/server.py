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

from ops_portal.core.config import Config

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


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _allow_files(wanted: int) -> None:
    """Raise the soft limit on open files as far as the hard one lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))

"""Serve an application on a socket that the parent process has opened."""

import resource
import socket

import uvicorn

from fullhouse.http.server.limits import (
    KEEP_ALIVE_SECONDS_MAX,
    LISTEN_BACKLOG_MAX,
    OPEN_FILES_MAX,
)
from fullhouse.http.server.protocol import BoundedHttpProtocol
from fullhouse.http.server.server import BoundedServer


def serve_requests(factory: str, listener: socket.socket, *, drain_seconds: int) -> None:
    """Serve until a signal stops the process; `factory` names what makes the application.

    Requests under way then have `drain_seconds` to end.
    """
    _raise_file_limit()
    config = uvicorn.Config(
        factory,
        factory=True,
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="on",
        backlog=LISTEN_BACKLOG_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS_MAX,
        timeout_graceful_shutdown=drain_seconds,
        # Disabled in favour of our own: trusted proxies are a setting, and requests are logged once
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    BoundedServer(config).run(sockets=[listener])


def _raise_file_limit() -> None:
    """Allow as many connections as the system does: the default of 1,024 files is for `select`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = OPEN_FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))

"""`fullhouse web`: the web server alone."""

import resource
import socket
from typing import Annotated

import typer
import uvicorn

from fullhouse.entrypoints.cli import DataDir, configured_logging, run_async, settings_with
from fullhouse.entrypoints.cli.serve import Host, Port, Workers
from fullhouse.entrypoints.installation import run_server
from fullhouse.http.server.limits import KEEP_ALIVE_SECONDS_MAX, LISTEN_BACKLOG_MAX, OPEN_FILES_MAX
from fullhouse.http.server.protocol import BoundedHttpProtocol
from fullhouse.http.server.server import BoundedServer
from fullhouse.processes.database_runtime import attached_database
from fullhouse.processes.limits import DRAIN_SECONDS_MAX
from fullhouse.processes.parent_watchdog import exit_with_parent


def web(
    *,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    data_dir: DataDir = None,
    listen_on: Annotated[int | None, typer.Option(hidden=True)] = None,
    supervised: Annotated[bool, typer.Option("--exit-with-parent", hidden=True)] = False,
) -> None:
    """Run the web server by itself, beside workers elsewhere; `serve` runs both.

    The first signal lets it finish the requests under way; the second forces the stop.
    """
    settings = settings_with(host=host, port=port, workers=workers, data_dir=data_dir)
    if listen_on is None:
        with configured_logging(settings):
            run_async(run_server(settings, attached_database, with_worker=False))
        return
    if supervised:
        exit_with_parent()
    serve_requests(socket.socket(fileno=listen_on))


def serve_requests(listener: socket.socket) -> None:
    """Serve requests on the inherited socket until a signal stops the process."""
    _raise_file_limit()
    config = uvicorn.Config(
        "fullhouse.entrypoints.asgi:create_app",
        factory=True,
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="on",
        backlog=LISTEN_BACKLOG_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS_MAX,
        timeout_graceful_shutdown=DRAIN_SECONDS_MAX,
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

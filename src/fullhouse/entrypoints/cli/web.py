"""`fullhouse web`: the web server alone."""

import socket
from typing import Annotated

import typer
import uvicorn

from fullhouse.entrypoints.asgi.wire import WholeAnswers
from fullhouse.entrypoints.cli import DataDir, run_async, settings_with
from fullhouse.entrypoints.cli.serve import Host, Port, Workers, serving
from fullhouse.entrypoints.supervisor.ground import attached_ground
from fullhouse.entrypoints.supervisor.leash import follow_parent
from fullhouse.kernel.limits import DRAIN_SECONDS_MAX, KEEP_ALIVE_SECONDS_MAX, LISTEN_BACKLOG_MAX


def web(
    *,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    data_dir: DataDir = None,
    listen_on: Annotated[int | None, typer.Option(hidden=True)] = None,
    leashed: Annotated[bool, typer.Option("--leashed", hidden=True)] = False,
) -> None:
    """Run the web server by itself, beside workers elsewhere; `serve` runs both.

    Told to stop, it finishes the requests under way; told twice, it hurries.
    """
    settings = settings_with(host=host, port=port, workers=workers, data_dir=data_dir)
    if listen_on is None:
        run_async(serving(settings, attached_ground, lambda place: (place.web(),)))
        return
    if leashed:
        follow_parent()
    answer_on(socket.socket(fileno=listen_on))


def answer_on(listener: socket.socket) -> None:
    """Answer requests until told to stop."""
    config = uvicorn.Config(
        "fullhouse.entrypoints.asgi:create_app",
        factory=True,
        loop="uvloop",
        http=WholeAnswers,
        ws="none",
        lifespan="on",
        backlog=LISTEN_BACKLOG_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS_MAX,
        timeout_graceful_shutdown=DRAIN_SECONDS_MAX,
        # Ours: proxies are believed by a setting of their own, and requests are logged once.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    uvicorn.Server(config).run(sockets=[listener])

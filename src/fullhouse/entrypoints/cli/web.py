"""`fullhouse web`: the web server alone."""

import socket
from functools import partial
from typing import Annotated

import typer

from fullhouse.bootstrap.logging import configured_logging
from fullhouse.bootstrap.reporting import reporting
from fullhouse.entrypoints.cli import DataDir, run_async, settings_with
from fullhouse.entrypoints.cli.serve import Host, Port, Workers
from fullhouse.entrypoints.installation import run_server
from fullhouse.entrypoints.site import open_site
from fullhouse.http.server.web_process import run_web_process
from fullhouse.processes.database_runtime import attached_database
from fullhouse.processes.limits import DRAIN_SECONDS_MAX
from fullhouse.processes.parent_line import ParentLine


def web(
    *,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    data_dir: DataDir = None,
    listen_on: Annotated[int | None, typer.Option(hidden=True)] = None,
    supervised: Annotated[bool, typer.Option("--exit-with-parent", hidden=True)] = False,
) -> None:
    """Run only the web server.

    For several machines on one database. The first signal lets requests finish, the second forces
    the stop.
    """
    given = {"host": host, "port": port, "workers": workers, "data_dir": data_dir}
    settings = settings_with(sandbox=False, **given)  # which belongs to one machine
    if listen_on is None:
        with configured_logging(settings):
            run_async(run_server(settings, attached_database, with_worker=False))
        return
    line = ParentLine(is_supervised=supervised)
    line.start()
    with (
        configured_logging(settings),
        reporting(settings, "web"),
        socket.socket(fileno=listen_on) as listener,
    ):
        run_async(
            run_web_process(
                partial(open_site, settings, line.ask_for_replacement),
                listener,
                drain_seconds=DRAIN_SECONDS_MAX,
                on_ready=line.say_ready,
                is_replaced=lambda: line.has_asked,
            )
        )

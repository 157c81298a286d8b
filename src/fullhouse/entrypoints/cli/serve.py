"""`fullhouse serve`: the web server, the worker and, unless another is configured, the database."""

from typing import Annotated

import typer

from fullhouse.bootstrap.logging import configured_logging
from fullhouse.entrypoints.cli import DataDir, run_async, settings_with
from fullhouse.entrypoints.installation import run_server
from fullhouse.processes.database_runtime import owned_database

Host = Annotated[str | None, typer.Option(help="Address to listen on [else FULLHOUSE_HOST].")]
Port = Annotated[int | None, typer.Option(help="Port to listen on [else FULLHOUSE_PORT].")]
Workers = Annotated[
    int | None, typer.Option(help="Number of web processes [else FULLHOUSE_WORKERS].")
]


def serve(
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="Create the demo farm and print its addresses.")
    ] = False,
    sandbox: Annotated[
        bool | None,
        typer.Option(help="With --demo: run the sandbox of outside services beside it."),
    ] = None,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    data_dir: DataDir = None,
) -> None:
    """Run the web server, the worker and the database.

    Until SIGTERM or Ctrl+C: the first lets requests and jobs finish, the second forces the stop.
    """
    given = {"host": host, "port": port, "workers": workers, "data_dir": data_dir}
    settings = settings_with(demo=demo or None, sandbox=sandbox, **given)
    with configured_logging(settings):
        run_async(run_server(settings, owned_database, with_worker=True))

"""Run an installation: database, listening socket, web processes and worker."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import typer

from fullhouse.concurrency.signals import StopRequest, StopRequested
from fullhouse.entrypoints.supervisor.database_runtime import DatabaseRuntime
from fullhouse.entrypoints.supervisor.listening import address_of, answers, listening
from fullhouse.entrypoints.supervisor.process_supervisor import ProcessSupervisor
from fullhouse.entrypoints.supervisor.programs import (
    demo_program,
    process_environment,
    web_program,
    worker_program,
)
from fullhouse.entrypoints.supervisor.supervised_process import output_of
from fullhouse.settings import Settings
from fullhouse.telemetry.metrics import forget_process

OpenDatabase = Callable[[Settings], AbstractAsyncContextManager[DatabaseRuntime]]

_POLL_SECONDS: Final = 0.1


async def run_server(settings: Settings, open_database: OpenDatabase, *, with_worker: bool) -> None:
    """Run the web processes, and a worker, until a stop is requested.

    Raises the error that prevents the start, or the failure of a program.
    """
    stop = StopRequest()
    async with AsyncExitStack() as stack:
        stack.enter_context(stop.on_signals())
        listener = await stack.enter_async_context(listening(settings.host, settings.port))
        metrics_folder = stack.enter_context(_metrics_folder())
        host, port = address_of(listener)
        try:
            opening = stack.enter_async_context(open_database(settings))
            database = await stop.cancel_on_request(opening)
            environment = process_environment(
                settings, database_url=database.url, port=port, metrics_folder=metrics_folder
            )
            welcome = ""
            if settings.demo:
                welcome = await stop.cancel_on_request(output_of(demo_program(environment)))
        except StopRequested:
            return
        web = web_program(environment, listener, processes=settings.workers)
        supervisor = ProcessSupervisor(
            [web, worker_program(environment)] if with_worker else [web],
            on_exit=partial(forget_process, folder=metrics_folder),
            background_tasks=(
                database.restart_when_down(),
                _announce(host, port, welcome=welcome),
            ),
            # From now on new connections are refused; those accepted before are still served
            before_stop=listener.close,
        )
        await supervisor.run(stop)


@contextmanager
def _metrics_folder() -> Iterator[Path]:
    """The folder in which the processes share their metrics."""
    folder = Path(tempfile.mkdtemp(prefix="fullhouse-metrics-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _announce(host: str, port: int, *, welcome: str) -> None:
    """Print the address, and the welcome text, once a web process answers there."""
    while not await answers(host, port, "/readyz"):  # noqa: ASYNC110 - another process's event
        await asyncio.sleep(_POLL_SECONDS)
    typer.echo(f"Fullhouse is open at http://{host}:{port}/ (Ctrl-C closes it)")
    if welcome:
        typer.echo(f"\n{welcome}")

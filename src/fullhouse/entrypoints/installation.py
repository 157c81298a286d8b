"""Run an installation: database, listening socket, web processes and worker."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from fullhouse.bootstrap.announcement import (
    Announcement,
    announce,
    announcement,
    set_up_token,
)
from fullhouse.bootstrap.logging import warn_of_unknown_variables
from fullhouse.bootstrap.schema import schema
from fullhouse.bootstrap.sealing import ensure_key_file
from fullhouse.concurrency.signals import StopRequest, StopRequested
from fullhouse.http.server.listening import address_of, answers, listening
from fullhouse.processes.database_runtime import DatabaseRuntime
from fullhouse.processes.process_supervisor import ProcessSupervisor
from fullhouse.processes.server_address import write_address
from fullhouse.processes.supervised_process import Program, output_of
from fullhouse.settings import Settings
from fullhouse.storage.schema import SchemaPart
from fullhouse.telemetry.metrics import forget_process, shared_environment

OpenDatabase = Callable[
    [str | None, Path | None, Sequence[SchemaPart]], AbstractAsyncContextManager[DatabaseRuntime]
]
"""`owned_database` or `attached_database`."""

_POLL_SECONDS: Final = 0.1


async def run_server(settings: Settings, open_database: OpenDatabase, *, with_worker: bool) -> None:
    """Run the web processes, and a worker, until a stop is requested.

    Raises the error that prevents the start, or the failure of a program.
    """
    warn_of_unknown_variables()
    stop = StopRequest()
    async with AsyncExitStack() as stack:
        stack.enter_context(stop.on_signals())
        listener = await stack.enter_async_context(listening(settings.host, settings.port))
        metrics_folder = stack.enter_context(_metrics_folder())
        host, port = address_of(listener)
        try:
            runtime = open_database(settings.database_url, settings.data_dir, schema())
            opening = stack.enter_async_context(runtime)
            database = await stop.cancel_on_request(opening)
            environment = {
                **process_environment(
                    settings, database_url=database.url, port=port, metrics_folder=metrics_folder
                ),
                **_key_of(settings, database),
            }
            welcome = ""
            if settings.demo:
                welcome = await stop.cancel_on_request(output_of(demo_program(environment)))
            facts = await stop.cancel_on_request(announcement(settings, database, (host, port)))
            if facts.is_empty:
                token = await stop.cancel_on_request(set_up_token(database.url))
                welcome = facts.set_up_text(token)
            if database.server is not None:
                write_address(database.server.data_dir, facts.url)
        except StopRequested:
            return
        web = web_program(environment, listener, processes=settings.workers)
        supervisor = ProcessSupervisor(
            [web, worker_program(environment)] if with_worker else [web],
            on_exit=partial(forget_process, folder=metrics_folder),
            background_tasks=(
                database.restart_when_down(),
                _announce_when_ready(
                    (host, port), facts, welcome=welcome, log_json=settings.log_json
                ),
            ),
            # From now on new connections are refused; those accepted before are still served
            before_stop=listener.close,
        )
        await supervisor.run(stop)


def _key_of(settings: Settings, database: DatabaseRuntime) -> Mapping[str, str]:
    """Where the processes find the encryption key of an embedded database, made at its first run.

    Keys that the operator has set are in the environment already.
    """
    if database.server is None or settings.encryption_key or settings.encryption_key_file:
        return {}
    path = ensure_key_file(database.server.data_dir)
    return {"FULLHOUSE_ENCRYPTION_KEY_FILE": str(path)}


@contextmanager
def _metrics_folder() -> Iterator[Path]:
    """The folder in which the processes share their metrics."""
    folder = Path(tempfile.mkdtemp(prefix="fullhouse-metrics-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _announce_when_ready(
    address: tuple[str, int], facts: Announcement, *, welcome: str, log_json: bool
) -> None:
    while not await answers(*address, "/readyz"):  # noqa: ASYNC110 - another process's event
        await asyncio.sleep(_POLL_SECONDS)
    announce(facts, welcome=welcome, log_json=log_json)


def process_environment(
    settings: Settings, *, database_url: str, port: int, metrics_folder: Path
) -> Mapping[str, str]:
    """The settings as environment variables, from whatever source we have read them ourselves."""
    return {
        **os.environ,
        **shared_environment(metrics_folder),
        "FULLHOUSE_DATABASE_URL": database_url,
        "FULLHOUSE_HOST": settings.host,
        "FULLHOUSE_PORT": str(port),
        "FULLHOUSE_DEMO": str(settings.demo).lower(),
    }


def web_program(
    environment: Mapping[str, str], listener: socket.socket, *, processes: int
) -> Program:
    """Web processes that all accept connections from the one listening socket."""
    descriptor = listener.fileno()
    return Program(
        name="web",
        arguments=("web", "--exit-with-parent", "--listen-on", str(descriptor)),
        environment=environment,
        descriptors=(descriptor,),
        processes=processes,
    )


def worker_program(environment: Mapping[str, str]) -> Program:
    return Program(
        name="worker", arguments=("worker", "--exit-with-parent"), environment=environment
    )


def demo_program(environment: Mapping[str, str]) -> Program:
    return Program(name="demo", arguments=("demo",), environment=environment)

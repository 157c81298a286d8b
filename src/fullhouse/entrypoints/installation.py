"""Run an installation: database, listening socket, web processes and worker."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

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
from fullhouse.processes.child import Program
from fullhouse.processes.database_runtime import DatabaseRuntime
from fullhouse.processes.process_supervisor import ProcessSupervisor
from fullhouse.processes.server_address import read_address, write_address
from fullhouse.processes.supervised_process import output_of
from fullhouse.sandbox.limits import SANDBOX_PORT
from fullhouse.sandbox.listening import Listeners, SandboxAddresses, listening_pair
from fullhouse.settings import Settings
from fullhouse.storage.schema import SchemaPart
from fullhouse.telemetry.metrics import forget_process, shared_environment

OpenDatabase = Callable[
    [str | None, Path | None, Sequence[SchemaPart]], AbstractAsyncContextManager[DatabaseRuntime]
]
"""`owned_database` or `attached_database`."""

_POLL_SECONDS: Final = 0.1
_SANDBOX_NICENESS: Final = 15
"""The start of the demo and its pages go first."""
_THIS_MACHINE: Final = "127.0.0.1"
_DEMO_SENDER: Final = "bookings@bouquet-garden.example"
_DEMO_OPERATOR: Final = "operator@bouquet-garden.example"
"""Who reads of alerts in the sandbox: mail to the people of the demo is stored, not sent."""


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
            folder = None if database.server is None else database.server.data_dir
            sandbox = stack.enter_context(listening_sandbox(settings, folder))
            settings = _with_sandbox(settings, sandbox)
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
            if folder is not None:
                write_address(folder, facts.url)
        except StopRequested:
            return
        web = web_program(environment, listener, processes=settings.workers)
        supervisor = ProcessSupervisor(
            [web, *(_beside_web(environment, sandbox) if with_worker else [])],
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


def _beside_web(environment: Mapping[str, str], sandbox: Listeners | None) -> list[Program]:
    """The programs that run once on an installation."""
    worker = worker_program(environment)
    return [worker] if sandbox is None else [worker, sandbox_program(environment, sandbox)]


def _with_sandbox(settings: Settings, sandbox: Listeners | None) -> Settings:
    """The settings by which all processes find the sandbox: its mail server, where none is set."""
    if sandbox is None:
        return settings
    mail_server = SecretStr(f"{SandboxAddresses(sandbox.url).smtp}?from={_DEMO_SENDER}")
    return settings.model_copy(
        update={
            "sandbox_url": sandbox.url,
            "smtp_url": settings.smtp_url or mail_server,
            "alert_emails": settings.alert_emails
            or (() if settings.smtp_url else (_DEMO_OPERATOR,)),
            "webhook_networks": settings.webhook_networks or (_THIS_MACHINE,),
        }
    )


def _key_of(settings: Settings, database: DatabaseRuntime) -> Mapping[str, str]:
    """Where the processes find the encryption key of an embedded database, made at its first run.

    Keys that the operator has set are in the environment already.
    """
    if database.server is None or settings.encryption_key or settings.encryption_key_file:
        return {}
    path = ensure_key_file(database.server.data_dir)
    return {"FULLHOUSE_ENCRYPTION_KEY_FILE": str(path)}


@contextmanager
def listening_sandbox(settings: Settings, folder: Path | None) -> Iterator[Listeners | None]:
    """The sockets of the demo's sandbox, on the ports of the last start if they are free.

    Its address is left in the data folder, if there is one, and taken away without a sandbox.
    """
    left = None if folder is None else read_address(folder, of="sandbox")
    with ExitStack() as stack:
        listeners = None
        if settings.demo and settings.sandbox and settings.sandbox_url is None:
            port = (left and urlsplit(left).port) or SANDBOX_PORT
            pair = listening_pair(_THIS_MACHINE, port, else_any=True)
            listeners = stack.enter_context(pair)
        if folder is not None and (left or listeners):
            write_address(folder, listeners.url if listeners else "", of="sandbox")
        yield listeners


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
    sandbox = {}
    if settings.sandbox_url is not None and settings.smtp_url is not None:
        sandbox = {
            "FULLHOUSE_SANDBOX_URL": settings.sandbox_url,
            "FULLHOUSE_SMTP_URL": settings.smtp_url.get_secret_value(),
            "FULLHOUSE_WEBHOOK_NETWORKS": ",".join(settings.webhook_networks),
            "FULLHOUSE_ALERT_EMAILS": ",".join(settings.alert_emails),
        }
    return {
        **os.environ,
        **sandbox,
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


def sandbox_program(environment: Mapping[str, str], listeners: Listeners) -> Program:
    """Outside services that fail on demand, on sockets that outlive a restart of their process."""
    descriptors = (listeners.http.fileno(), listeners.smtp.fileno())
    sockets = [part for each in descriptors for part in ("--listen-on", str(each))]
    return Program(
        name="sandbox",
        arguments=("sandbox", "--exit-with-parent", *sockets),
        environment=environment,
        descriptors=descriptors,
        niceness=_SANDBOX_NICENESS,
    )


def demo_program(environment: Mapping[str, str]) -> Program:
    return Program(name="demo", arguments=("demo",), environment=environment)

"""What the programs of one installation share: settings, database, socket and figures."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import typer

from fullhouse.entrypoints.supervisor.ground import Ground
from fullhouse.entrypoints.supervisor.keeper import Program
from fullhouse.entrypoints.supervisor.listening import address_of, answers
from fullhouse.entrypoints.supervisor.supervise import Company
from fullhouse.settings import Settings
from fullhouse.telemetry.metrics import forget_process, shared_environment

WORKER_NICER_BY: Final = 10
"""Selling goes before telling: the worker yields the processor to the web processes."""

_LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Place:
    """Where the programs run, and the programs that do."""

    settings: Settings
    ground: Ground
    listener: socket.socket
    environment: Mapping[str, str]
    figures: Path

    def company(self, *stages: Sequence[Program], welcome: str) -> Company:
        """These programs with what goes on beside them; `welcome` is said once they answer."""
        return Company(
            stages=stages,
            beside=(self.ground.keep(), announce(*address_of(self.listener), welcome=welcome)),
            # Only now do new guests find nobody: those in the web processes' hands are served.
            before_stopping=self.listener.close,
            ended=partial(forget_process, folder=self.figures),
        )

    def web(self) -> list[Program]:
        """As many web processes as are wanted, all on the one socket."""
        descriptor = self.listener.fileno()
        arguments = ("web", "--leashed", "--listen-on", str(descriptor))
        web = Program("web", arguments, self.environment, descriptors=(descriptor,))
        return [web] * self.settings.workers

    def worker(self) -> Program:
        return Program("worker", ("worker", "--leashed"), self.environment, WORKER_NICER_BY)

    def demo(self) -> Program:
        return Program("demo", ("demo",), self.environment)


@contextmanager
def place_on(ground: Ground, listener: socket.socket, settings: Settings) -> Iterator[Place]:
    """A place whose folder of figures lasts as long as the block."""
    figures = Path(tempfile.mkdtemp(prefix="fullhouse-figures-"))
    # The settings as the programs shall read them, whatever they were given to us by.
    environment = {
        **os.environ,
        **shared_environment(figures),
        "FULLHOUSE_DATABASE_URL": ground.url,
        "FULLHOUSE_HOST": settings.host,
        "FULLHOUSE_PORT": str(address_of(listener)[1]),
        "FULLHOUSE_DEMO": str(settings.demo).lower(),
    }
    try:
        yield Place(settings, ground, listener, environment, figures)
    finally:
        shutil.rmtree(figures, ignore_errors=True)


async def announce(host: str, port: int, *, welcome: str) -> None:
    """Say where we are, once we answer there."""
    while not await answers(host, port, "/readyz"):  # noqa: ASYNC110 - another process's event
        await asyncio.sleep(_LOOK_SECONDS)
    typer.echo(f"Fullhouse is open at http://{host}:{port}/ (Ctrl-C closes it)")
    if welcome:
        typer.echo(f"\n{welcome}")

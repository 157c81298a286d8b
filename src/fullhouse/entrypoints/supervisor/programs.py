"""The programs of one installation, and the environment variables that they share."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fullhouse.entrypoints.supervisor.supervised_process import Program
from fullhouse.settings import Settings
from fullhouse.telemetry.metrics import shared_environment

WORKER_NICE_INCREMENT: Final = 10
"""Bookings go before notifications: the worker yields the processor to the web processes."""


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
        name="worker",
        arguments=("worker", "--exit-with-parent"),
        environment=environment,
        nice_increment=WORKER_NICE_INCREMENT,
    )


def demo_program(environment: Mapping[str, str]) -> Program:
    return Program(name="demo", arguments=("demo",), environment=environment)

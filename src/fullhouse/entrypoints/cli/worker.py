"""`fullhouse worker`: relay events, run jobs and schedules."""

from typing import Annotated

import typer

from fullhouse.bootstrap.logging import configured_logging
from fullhouse.bootstrap.reporting import reporting
from fullhouse.entrypoints.cli import DataDir, run_async, settings_with
from fullhouse.entrypoints.worker import run_worker
from fullhouse.processes.parent_line import ParentLine


def worker(
    *,
    data_dir: DataDir = None,
    supervised: Annotated[bool, typer.Option("--exit-with-parent", hidden=True)] = False,
) -> None:
    """Run only a worker: e-mails, waiting list, recurring jobs.

    For several machines on one database. The first signal lets running jobs finish, the second
    leaves them to another worker.
    """
    settings = settings_with(data_dir=data_dir)
    line = ParentLine(is_supervised=supervised)
    line.start()
    with configured_logging(settings), reporting(settings, "worker"):
        run_async(run_worker(settings, line))

"""`fullhouse worker`: relay events, do jobs, keep schedules."""

from typing import Annotated

import typer

from fullhouse.entrypoints.cli import DataDir, run_async, settings_with
from fullhouse.entrypoints.cli.serve import logged
from fullhouse.entrypoints.supervisor.leash import follow_parent
from fullhouse.entrypoints.worker import run_worker


def worker(
    *,
    data_dir: DataDir = None,
    leashed: Annotated[bool, typer.Option("--leashed", hidden=True)] = False,
) -> None:
    """Run a worker by itself; `serve` runs one already.

    Told to stop, it finishes the jobs it has in hand; told twice, it leaves them to another.
    """
    settings = settings_with(data_dir=data_dir)
    if leashed:
        follow_parent()
    with logged(settings):
        run_async(run_worker(settings))

"""`fullhouse migrate`: bring the database's tables up to date, or say what is missing."""

import enum
from collections.abc import Sequence
from typing import Annotated

import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, answer, run_async, settings_with
from fullhouse.settings import Settings
from fullhouse.storage import migrations
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded import database_at
from fullhouse.storage.migrations import Phase, Step


class Wish(enum.StrEnum):
    """What to do: apply what is missing, or only say what is."""

    UP = "up"
    STATUS = "status"


def migrate(
    wish: Annotated[Wish, typer.Argument(help="Apply what is missing, or say what is.")] = Wish.UP,
    *,
    after: Annotated[
        bool,
        typer.Option(
            "--after",
            help="The steps that take away what an older program still reads: apply them once "
            "none runs any more. Without it, those that a newer program needs before it starts.",
        ),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database's tables up to date, one transaction a step.

    `serve` does it by itself; programs on a database of your own refuse to start without it.
    """
    settings = settings_with(data_dir=data_dir)
    phase = Phase.AFTER if after else Phase.BEFORE
    if wish is Wish.UP:
        applied = run_async(brought_up(settings, phase))
        answer({"applied": applied}, as_json=as_json, words=_of_applied(applied))
        return
    steps = run_async(steps_of(settings))
    answer({"steps": steps}, as_json=as_json, words=_of_steps(steps))
    if any(step.phase is phase and not step.applied for step in steps):
        raise typer.Exit(1)


async def brought_up(settings: Settings, phase: Phase) -> list[str]:
    async with database_at(settings.database_url, settings.data_dir) as url:
        return await migrations.migrate(url, phases=(phase,))


async def steps_of(settings: Settings) -> list[Step]:
    async with database_at(settings.database_url, settings.data_dir) as url:
        connection = await connect(url, application_name="fullhouse migrate")
        try:
            return await migrations.status(connection)
        finally:
            await connection.close()


def _of_applied(applied: Sequence[str]) -> str:
    return "\n".join([*(f"applied  {step}" for step in applied), "The tables are up to date."])


def _of_steps(steps: Sequence[Step]) -> str:
    return "\n".join(
        f"{'applied' if step.applied else 'MISSING'}  {step.phase:<6}  {step.id}  {step.message}"
        for step in steps
    )

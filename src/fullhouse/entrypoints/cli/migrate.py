"""`fullhouse migrate`: apply pending schema migrations, or list the state of each."""

import enum
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from fullhouse.bootstrap.schema import schema
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded import database_at
from fullhouse.storage.schema import MigrationStatus, Phase, State, status
from fullhouse.storage.schema import migrate as apply_pending

_WELL: Final = {State.APPLIED, State.SUPERSEDED}


class MigrateCommand(enum.StrEnum):
    """`up` applies pending migrations, `status` lists the state of each."""

    UP = "up"
    STATUS = "status"


def migrate(
    command: Annotated[
        MigrateCommand, typer.Argument(help="up applies pending migrations, status lists them.")
    ] = MigrateCommand.UP,
    *,
    contract: Annotated[
        bool,
        typer.Option(
            "--contract",
            help="Apply the migrations that remove what an older version still reads: once no "
            "older version runs any more. Without it, those that a newer version needs to start.",
        ),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Update the tables and functions of the database.

    `serve` does this automatically. `web` and `worker` refuse to start without it.
    """
    settings = settings_with(data_dir=data_dir)
    phase = Phase.CONTRACT if contract else Phase.EXPAND
    if command is MigrateCommand.UP:
        applied = run_async(apply_phase(settings, phase))
        print_result({"applied": applied}, as_json=as_json, text=_format_applied(applied))
        return
    found = run_async(load_status(settings))
    print_result({"migrations": found}, as_json=as_json, text=_format_status(found))
    if any(
        each.state is State.MODIFIED or (each.phase is phase and each.state not in _WELL)
        for each in found
    ):
        raise typer.Exit(1)


async def apply_phase(settings: Settings, phase: Phase) -> list[str]:
    async with database_at(settings.database_url, settings.data_dir) as url:
        return await apply_pending(url, schema(), phases=(phase,))


async def load_status(settings: Settings) -> list[MigrationStatus]:
    async with database_at(settings.database_url, settings.data_dir) as url:
        connection = await connect(url, application_name="fullhouse migrate")
        try:
            return await status(connection, schema())
        finally:
            await connection.close()


def _format_applied(applied: Sequence[str]) -> str:
    return "\n".join([*(f"applied  {each}" for each in applied), "The tables are up to date."])


def _format_status(found: Sequence[MigrationStatus]) -> str:
    return "\n".join(
        f"{each.state:<10}  {each.phase:<8}  {each.id}  {each.description}" for each in found
    )

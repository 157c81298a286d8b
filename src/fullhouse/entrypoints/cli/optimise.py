"""`fullhouse optimise`: what would make the installation faster, and what was tried."""

import enum
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.observability import optimisations as stored
from fullhouse.observability.optimisations import Optimisation, OptimisationAct, OptimisationStep
from fullhouse.settings import Settings

_BY = "the operator, by command"


class OptimiseCommand(enum.StrEnum):
    """What can be done with optimisations."""

    LIST = "list"
    APPLY = "apply"
    UNDO = "undo"


class OptimisationsOutput(msgspec.Struct, frozen=True):
    """The latest optimisations, and what was done of each."""

    optimisations: Sequence[Optimisation]
    steps: Sequence[OptimisationStep]


def optimise(
    command: Annotated[OptimiseCommand, typer.Argument(help="List, apply, or undo.")] = (
        OptimiseCommand.LIST
    ),
    name: Annotated[
        str | None, typer.Argument(help="A name that `list` shows.", show_default=False)
    ] = None,
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show proposed optimisations; apply or undo one.

    The worker proposes indexes for statements that take much time. It builds what is applied beside
    the running business, measures, and keeps only what helps. Works beside a running server.
    """
    settings = settings_with(data_dir=data_dir)
    if command is not OptimiseCommand.LIST:
        run_async(change_optimisations(settings, OptimisationAct(command.value), name))
    found = run_async(read_optimisations(settings))
    print_result(found, as_json=as_json, text=format_optimisations(found.optimisations))


async def read_optimisations(settings: Settings) -> OptimisationsOutput:
    async with (
        open_command_context(settings, command="optimise", allow=Permission.OPERATE) as context,
        context.database.unrestricted.session() as session,
    ):
        found = await stored.recent_optimisations(session)
        return OptimisationsOutput(found, await stored.steps_of(session, found))


async def change_optimisations(settings: Settings, act: OptimisationAct, name: str | None) -> None:
    """Raises `InvalidInput` for a name that is not listed, and one that is past this."""
    if name is None:
        raise InvalidInput("Name one that `list` shows.", field="name")
    async with (
        open_command_context(settings, command="optimise", allow=Permission.OPERATE) as context,
        context.database.unrestricted.session() as session,
    ):
        await stored.act_on(session, name, act, by=_BY, now=context.clock.now())


def format_optimisations(found: Sequence[Optimisation]) -> str:
    """One paragraph an optimisation."""
    return (
        "\n".join(
            f"  {one.changed_at:%Y-%m-%d %H:%M}  {one.state:<9}  {one.name}\n"
            f"      {one.reason}\n      {one.action}" + (f"\n      {one.note}" if one.note else "")
            for one in found
        )
        or "  Nothing is proposed."
    )

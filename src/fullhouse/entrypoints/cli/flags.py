"""`fullhouse flags`: show feature flags, roll one out step by step, or set its percentage."""

import enum
from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec import Struct

from fullhouse.bootstrap.flags import FLAG_DEFINITIONS
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.resilience.flag_rollout import (
    FlagTallies,
    change_flag,
    first_step,
    flag_tallies,
    held_at,
)
from fullhouse.resilience.flags import FlagDefinition, FlagState, stored_flags
from fullhouse.resilience.reasons import parse_reason
from fullhouse.settings import Settings


class FlagCommand(enum.StrEnum):
    """The operations on flags."""

    LIST = "list"
    START = "start"
    SET = "set"


class FlagOrder(Struct, frozen=True):
    """What to do with a flag; without a `percent` its rollout begins."""

    name: str
    reason: str
    percent: int | None = None


class ShownFlag(Struct, frozen=True):
    """A flag with what was seen of it."""

    description: str
    state: FlagState
    seen: FlagTallies

    @property
    def line(self) -> str:
        state = self.state
        moving = "rolling out" if state.is_rolling else "set"
        lines = (f"{state.name}  {state.percent} %  {moving}  {state.reason}", self.description)
        seen = (self.seen.words,) if state.is_rolling else ()
        return "\n".join(f"  {line}".rstrip() for line in (*lines, *seen))


def flags(
    command: Annotated[FlagCommand, typer.Argument(help="List, start, or set.")] = FlagCommand.LIST,
    name: Annotated[
        str | None, typer.Argument(help="A flag that `list` shows.", show_default=False)
    ] = None,
    *,
    percent: Annotated[
        int | None,
        typer.Option(min=0, max=100, help="How many get the feature.", show_default=False),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why, for those who look later.")
    ] = "Set by the operator.",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show feature flags; roll one out, or set its percentage.

    A rollout begins with a tenth and goes on by itself, to a half and to all, each after an hour
    and fifty uses. When those with the feature fail more often than those without, nobody has it
    any more. A percentage that is set stays. Works beside a running server.
    """
    settings = settings_with(data_dir=data_dir)
    if command is not FlagCommand.LIST:
        if (percent is None) != (command is FlagCommand.START):
            raise InvalidInput("`set` takes --percent, and `start` does not.", field="percent")
        order = FlagOrder(known_flag(name).name, parse_reason(reason), percent)
        run_async(change(settings, order))
    listed = run_async(list_flags(settings))
    text = "\n".join(one.line for one in listed)
    print_result({"flags": listed}, as_json=as_json, text=text)


async def list_flags(settings: Settings) -> Sequence[ShownFlag]:
    """Every flag of this version; those that were never set too."""
    async with (
        open_command_context(settings, command="flags", allow=Permission.OPERATE) as context,
        context.database.session() as session,
    ):
        stored = {state.name: state for state in await stored_flags(session)}
        seen = await flag_tallies(session)
    return [
        ShownFlag(
            one.description,
            stored.get(name) or FlagState(name, one.percent),
            seen.get(name, FlagTallies()),
        )
        for name, one in FLAG_DEFINITIONS.items()
    ]


async def change(settings: Settings, order: FlagOrder) -> None:
    """Begin a rollout or set a percentage; raises `VersionConflict` when it changes meanwhile."""
    (before,) = [one for one in await list_flags(settings) if one.state.name == order.name]
    following = (
        first_step(FLAG_DEFINITIONS[order.name], before.state, order.reason)
        if order.percent is None
        else held_at(before.state, order.percent, order.reason)
    )
    async with (
        open_command_context(settings, command="flags", allow=Permission.OPERATE) as context,
        context.unit_of_work(context.request, INSTALLATION) as uow,
    ):
        await change_flag(uow, following)


def known_flag(name: str | None) -> FlagDefinition:
    """Raises `InvalidInput` for a flag that there is not."""
    found = FLAG_DEFINITIONS.get(name or "")
    if found is None:
        raise InvalidInput(f"Name one of: {', '.join(FLAG_DEFINITIONS)}.", field="name")
    return found

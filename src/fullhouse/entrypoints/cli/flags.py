"""`fullhouse flags`: show feature flags, roll one out step by step, or set its percentage."""

import enum
from collections.abc import Sequence
from typing import Annotated

import typer

from fullhouse.bootstrap.flags import FLAG_DEFINITIONS
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.flag_acts import FlagActs, FlagOrder, ShownFlag
from fullhouse.resilience.reasons import parse_reason
from fullhouse.settings import Settings


class FlagCommand(enum.StrEnum):
    """The operations on flags."""

    LIST = "list"
    START = "start"
    SET = "set"


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
    order = None
    if command is not FlagCommand.LIST:
        if (percent is None) != (command is FlagCommand.START):
            raise InvalidInput("`set` takes --percent, and `start` does not.", field="percent")
        order = FlagOrder(name or "", parse_reason(reason), percent)
    listed = run_async(change(settings_with(data_dir=data_dir), order))
    print_result({"flags": listed}, as_json=as_json, text=format_flags(listed))


async def change(settings: Settings, order: FlagOrder | None = None) -> Sequence[ShownFlag]:
    """Carry the order out, if there is one; all flags afterwards. Raises as `FlagActs`."""
    async with open_command_context(settings, command="flags", allow=Permission.OPERATE) as context:
        acts = FlagActs(context.unit_of_work, FLAG_DEFINITIONS)
        if order is not None:
            await acts.carry_out(context.request, order)
        return await acts.listed()


def format_flags(listed: Sequence[ShownFlag]) -> str:
    return "\n".join(map(_lines, listed))


def _lines(flag: ShownFlag) -> str:
    state = flag.state
    moving = "rolling out" if state.is_rolling else "set" if state.generation else "as it comes"
    lines = (
        f"{state.name}  {state.percent} %  {moving}  {state.reason}",
        flag.definition.description,
    )
    seen = (flag.seen.words,) if state.is_rolling else ()
    return "\n".join(f"  {line}".rstrip() for line in (*lines, *seen))

"""`fullhouse mode`: show or set what the installation does at present."""

from typing import Annotated

import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.resilience.limits import MODE_MINUTES_MAX
from fullhouse.resilience.operating_mode import ModeSetting, OperatingMode
from fullhouse.resilience.reasons import parse_reason
from fullhouse.resilience.stored_mode import set_mode, stored_mode
from fullhouse.settings import Settings


def mode(
    wanted: Annotated[
        OperatingMode | None, typer.Argument(help="The mode to set.", show_default=False)
    ] = None,
    *,
    minutes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MODE_MINUTES_MAX,
            help="How long it lasts; then everything works again. Else until it is set again.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why, for those who look later.")
    ] = "Set by the operator.",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the operating mode, or set it for all processes.

    Full: everything works. Essential: reports and exports are paused. Read-only: nothing can be
    booked or changed. Maintenance: a page asks visitors to come back soon; operators who are signed
    in see everything. Works beside a running server.
    """
    settings = settings_with(data_dir=data_dir)
    setting = None
    if wanted is not None:
        seconds = None if minutes is None else 60.0 * minutes
        setting = ModeSetting(wanted, parse_reason(reason), seconds)
    shown = run_async(change(settings, setting))
    print_result(shown, as_json=as_json, text=format_mode(shown))


async def change(settings: Settings, wanted: ModeSetting | None) -> ModeSetting:
    """Set the mode, if one is wanted; the mode that is set now."""
    async with open_command_context(settings, command="mode", allow=Permission.OPERATE) as context:
        if wanted is not None:
            async with context.unit_of_work(context.request, INSTALLATION) as uow:
                await set_mode(uow, wanted)
        return await stored_mode(context.database)


def format_mode(shown: ModeSetting) -> str:
    seconds = shown.seconds_left
    lasts = "" if seconds is None else f" for {seconds / 60:.1f} min more"
    return f"  {shown.mode}{lasts}  {shown.reason}".rstrip()

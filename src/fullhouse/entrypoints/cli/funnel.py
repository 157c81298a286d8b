"""`fullhouse funnel`: how far guests get on the pages of each offering."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from msgspec import Struct

from fullhouse.booking.model.funnel import Funnel, FunnelStep
from fullhouse.bootstrap.funnel import names_of_offerings, read_funnels
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.context import Permission
from fullhouse.settings import Settings

_DAYS_MAX = 1_000
_SHOWN = tuple(step for step in FunnelStep if step is not FunnelStep.RELEASE)


def funnel(
    *,
    days: Annotated[int, typer.Option(min=1, max=_DAYS_MAX, help="How far back to look.")] = 7,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show how far guests got on the way to a booking.

    By offering and by the `utm_source` of the link that they came by. Counts alone, without
    cookies of its own and without anybody's data; robots are left out as far as they say so.
    """
    names, found = run_async(read(settings_with(data_dir=data_dir), days))
    print_result(
        [NamedFunnel(names.get(one.offering_id, ""), one) for one in found],
        as_json=as_json,
        text=format_funnels(names, found),
    )


class NamedFunnel(Struct, frozen=True):
    """With the name of the offering, empty of one that is there no more."""

    offering: str
    counted: Funnel


async def read(settings: Settings, days: int) -> tuple[Mapping[str, str], Sequence[Funnel]]:
    """The names of the offerings by id, and the counts."""
    async with (
        open_command_context(settings, command="funnel", allow=Permission.OPERATE) as context,
        context.database.unrestricted.session() as session,
    ):
        found = await read_funnels(session, days=days, now=SystemClock().now())
        return await names_of_offerings(session), found


def format_funnels(names: Mapping[str, str], found: Sequence[Funnel]) -> str:
    """One line an offering and source."""
    if not found:
        return "  Nobody has looked at an offering yet."
    head = "".join(f"{step:>10}" for step in (*_SHOWN, "abandoned"))
    shown = [names.get(one.offering_id) or one.offering_id for one in found]
    width = max(map(len, (*shown, "offering")))
    lines = [
        f"  {name:<{width}}  {one.source or '-':<20}"
        + "".join(f"{one.steps.get(step, 0):>10}" for step in _SHOWN)
        + f"{one.abandoned:>10}"
        for name, one in zip(shown, found, strict=True)
    ]
    return "\n".join([f"  {'offering':<{width}}  {'source':<20}{head}", *lines])

"""`fullhouse funnel`: how far guests get on the pages of each offering."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from fullhouse.booking.model.funnel import Funnel, FunnelStep, funnels
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.context import Permission
from fullhouse.observability.measurements import durations_of
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
    found = run_async(read_funnels(settings_with(data_dir=data_dir), days))
    print_result(found, as_json=as_json, text=format_funnels(found))


async def read_funnels(settings: Settings, days: int) -> Sequence[Funnel]:
    now = SystemClock().now()
    async with (
        open_command_context(settings, command="funnel", allow=Permission.OPERATE) as context,
        context.database.unrestricted.session() as session,
    ):
        counted = await durations_of(
            session, "funnel_steps", since=now - timedelta(days=days), until=now
        )
    return funnels((labels, sketch.count) for labels, sketch in counted.items())


def format_funnels(found: Sequence[Funnel]) -> str:
    """One line an offering and source."""
    if not found:
        return "  Nobody has looked at an offering yet."
    head = "".join(f"{step:>10}" for step in (*_SHOWN, "abandoned"))
    lines = [
        f"  {UUID(one.offering_id)}  {one.source or '-':<20}"
        + "".join(f"{one.steps.get(step, 0):>10}" for step in _SHOWN)
        + f"{one.abandoned:>10}"
        for one in found
    ]
    return "\n".join([f"  {'offering':<36}  {'source':<20}{head}", *lines])

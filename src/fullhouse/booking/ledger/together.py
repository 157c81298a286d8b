"""Commands that are submitted together, so that they share commits."""

import asyncio
from collections.abc import Iterable

from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.outcomes import Outcome
from fullhouse.booking.ports import Ledger, Verdict


async def submit_together(
    ledger: Ledger, commands: Iterable[tuple[Command, Outcome | None]]
) -> list[Verdict]:
    """Submit all commands at once; raises the first error of `Ledger.submit` by itself.

    The job that calls it is retried by the type of the error, which a group of errors would hide.
    Commands that were submitted before the error are committed nevertheless.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ledger.submit(*command)) for command in commands]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]

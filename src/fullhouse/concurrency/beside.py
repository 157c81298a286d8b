"""What works in the background for as long as something else is open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol


class BackgroundTask(Protocol):
    """Runs until it is stopped, and then ends what it has begun."""

    async def run(self) -> None: ...

    def stop(self) -> None: ...


@asynccontextmanager
async def beside(*tasks: BackgroundTask) -> AsyncIterator[None]:
    """Run the tasks, stop them at the end, and wait for them; an error of one cancels all."""
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(task.run())
        try:
            yield
        finally:
            for task in tasks:
                task.stop()

"""What a long command does now, and how long it will take still; on standard error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import typer
from rich.console import Console
from rich.status import Status

from fullhouse.kernel.clock import Clock

_TICK_SECONDS: Final = 5.0


class StepProgress:
    """The step that runs, since when, and how long all steps will take still."""

    def __init__(self, clock: Clock, status: Status | None, first: str) -> None:
        self._clock, self._status = clock, status
        self._started = self._step_at = clock.monotonic()
        self._step, self._left = first, 0.0

    def on_step(self, name: str, seconds_left: float) -> None:
        self._step, self._left = name, seconds_left
        self._step_at = self._clock.monotonic()
        self.show()

    def show(self) -> None:
        now = self._clock.monotonic()
        left = max(0.0, self._left - (now - self._step_at))
        text = f"{_minutes(now - self._started)}  {self._step}"
        if self._left:
            text += f"  (about {_minutes(left)} left)"
        if self._status is None:
            typer.echo(text, err=True)
        else:
            self._status.update(text)

    async def tick(self) -> None:
        while True:
            self.show()
            await asyncio.sleep(1.0 if self._status else _TICK_SECONDS)


@asynccontextmanager
async def step_progress(clock: Clock, *, first: str) -> AsyncIterator[StepProgress]:
    """Show the progress as a status on a terminal, as a line every few seconds elsewhere."""
    console = Console(stderr=True)
    status = console.status("") if console.is_terminal else None
    progress = StepProgress(clock, status, first)
    ticking = asyncio.create_task(progress.tick())
    try:
        if status is None:
            yield progress
        else:
            with status:
                yield progress
    finally:
        ticking.cancel()


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"

"""Whether guests are rushing right now: then what can wait lets them go first.

On a small machine whatever else is done takes its time from those who want the same Saturday. An
e-mail may come half a minute later; an answer may not.
"""

import asyncio
import math
from dataclasses import dataclass, field
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.limits import RUSH_COMMITS_PER_SECOND, RUSH_SECONDS_MAX
from fullhouse.kernel.clock import Clock

_MEMORY_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.25


@dataclass(slots=True)
class Rush:
    """Counts the ledger's commits as they are heard of; an old one counts ever less.

    A rush is over when commits have become rare, and for those who wait after
    `RUSH_SECONDS_MAX` at the latest, however many guests still come.
    """

    clock: Clock
    _level: float = 0.0
    _level_at: float = 0.0
    _began_at: float = -math.inf
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, _topics: str) -> None:
        """A commit has been made; fits `Wakeups.hear`."""
        was_calm = self._commits_per_second() < RUSH_COMMITS_PER_SECOND
        now = self.clock.monotonic()
        self._level = self._commits_per_second() + 1 / _MEMORY_SECONDS
        self._level_at = now
        if was_calm:
            self._began_at = now

    @property
    def is_on(self) -> bool:
        return (
            not self._stopping.is_set()
            and self._commits_per_second() >= RUSH_COMMITS_PER_SECOND
            and self.clock.monotonic() - self._began_at < RUSH_SECONDS_MAX
        )

    async def over(self) -> None:
        """Wait until it is over, or we are stopped."""
        while self.is_on:
            await wait_for_event(self._stopping, timeout_seconds=_LOOK_SECONDS)

    def stop(self) -> None:
        self._stopping.set()

    def _commits_per_second(self) -> float:
        """The mean of late: each commit counts by e^(-age / 2 s)."""
        age = self.clock.monotonic() - self._level_at
        return self._level * math.exp(-age / _MEMORY_SECONDS)

"""Detect a rush of customers, so that work that can wait yields to them.

On a small machine all work takes processor time from customers who book. An e-mail may come half a
minute later; an answer may not.
"""

import asyncio
import math
from dataclasses import dataclass, field
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.limits import RUSH_COMMITS_PER_SECOND, RUSH_SECONDS_MAX
from fullhouse.kernel.clock import Clock

_DECAY_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.25


@dataclass(slots=True)
class LoadMonitor:
    """Estimates the ledger's commits per second from their notifications.

    The rate is an exponential average over `_DECAY_SECONDS`. A rush is on while the rate is at
    least `RUSH_COMMITS_PER_SECOND`, and for `RUSH_SECONDS_MAX` at most: then work yields no more.
    """

    clock: Clock
    _rate: float = 0.0
    _rate_at: float = 0.0
    _began_at: float = -math.inf
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def on_commit(self, _topics: str) -> None:
        """Count one commit; fits `NotificationListener.on_payload`."""
        was_calm = self._commits_per_second() < RUSH_COMMITS_PER_SECOND
        now = self.clock.monotonic()
        self._rate = self._commits_per_second() + 1 / _DECAY_SECONDS
        self._rate_at = now
        if was_calm:
            self._began_at = now

    @property
    def is_on(self) -> bool:
        return (
            not self._stopping.is_set()
            and self._commits_per_second() >= RUSH_COMMITS_PER_SECOND
            and self.clock.monotonic() - self._began_at < RUSH_SECONDS_MAX
        )

    async def wait_until_calm(self) -> None:
        """Wait until no rush is on, or until stopped."""
        while self.is_on:
            await wait_for_event(self._stopping, timeout_seconds=_POLL_SECONDS)

    def stop(self) -> None:
        self._stopping.set()

    def _commits_per_second(self) -> float:
        age = self.clock.monotonic() - self._rate_at
        return self._rate * math.exp(-age / _DECAY_SECONDS)

"""Detect a rush of customers, so that work that can wait yields to them.

On a small machine all work takes processor time from customers who book. An e-mail may come half a
minute later; an answer may not.
"""

import asyncio
import math
import re
from dataclasses import dataclass, field
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.limits import (
    RUSH_COMMANDS_PER_SECOND,
    RUSH_PERIOD_SECONDS,
    RUSH_SECONDS_MAX,
    RUSH_WORK_SECONDS,
)
from fullhouse.kernel.clock import Clock

_DECAY_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.1
_RATE_MAX: Final = 5.0 * RUSH_COMMANDS_PER_SECOND
"""A rush of thousands a second ends as soon as one of a hundred: after three seconds of silence."""
_COMMANDS: Final = re.compile(r'"\+([0-9]+)"')
"""In the payload of a commit: how many commands it made that the system did not give itself."""


@dataclass(slots=True)
class LoadMonitor:
    """Estimates the commands per second of customers and staff, by the notifications of commits.

    Commits are no measure: in the greatest rush sixteen a second have 256 commands each. The rate
    is an exponential average over `_DECAY_SECONDS`. A rush is on while it is at least
    `RUSH_COMMANDS_PER_SECOND`. Work yields for `RUSH_SECONDS_MAX`, and in a longer rush goes on for
    `RUSH_WORK_SECONDS` of each `RUSH_PERIOD_SECONDS`: without a pause it takes a third of the
    bookings that two processors can make.
    """

    clock: Clock
    _rate: float = 0.0
    _rate_at: float = 0.0
    _began_at: float = -math.inf
    _rushed_at: float = -math.inf
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def on_commit(self, payload: str) -> None:
        """Count the commands of a commit; fits `on_payload`."""
        found = _COMMANDS.search(payload)
        if found is None:
            return
        now, rate = self.clock.monotonic(), self._commands_per_second()
        if rate < RUSH_COMMANDS_PER_SECOND:
            self._began_at = now
        self._rate = min(rate + int(found[1]) / _DECAY_SECONDS, _RATE_MAX)
        self._rate_at = now
        if self._rate >= RUSH_COMMANDS_PER_SECOND:
            self._rushed_at = now

    @property
    def is_on(self) -> bool:
        """Whether work that can wait yields now."""
        if self._stopping.is_set() or self._commands_per_second() < RUSH_COMMANDS_PER_SECOND:
            return False
        beyond = self.clock.monotonic() - self._began_at - RUSH_SECONDS_MAX
        return beyond < 0 or beyond % RUSH_PERIOD_SECONDS >= RUSH_WORK_SECONDS

    async def wait_until_calm(self, *, for_seconds: float = 0.0) -> None:
        """Wait until work need not yield, and for so long after a rush; or until stopped."""
        while self.is_on or self._calm_seconds < for_seconds:
            await wait_for_event(self._stopping, timeout_seconds=_POLL_SECONDS)

    async def wait_for_rush(self) -> None:
        """Wait until work yields, for ever once stopped."""
        while not self.is_on:  # noqa: ASYNC110 - a rate is nothing that could be waited for
            await asyncio.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        self._stopping.set()

    @property
    def _calm_seconds(self) -> float:
        """Since customers last rushed."""
        return math.inf if self._stopping.is_set() else self.clock.monotonic() - self._rushed_at

    def _commands_per_second(self) -> float:
        age = self.clock.monotonic() - self._rate_at
        return self._rate * math.exp(-age / _DECAY_SECONDS)

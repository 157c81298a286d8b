"""Detect a rush of customers, so that work that can wait yields to them.

On a small machine all work takes processor time from customers who book. An e-mail may come half a
minute later; an answer may not.
"""

import asyncio
import math
from dataclasses import dataclass, field
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.limits import (
    RUSH_COMMITS_PER_SECOND,
    RUSH_PERIOD_SECONDS,
    RUSH_SECONDS_MAX,
    RUSH_WORK_SECONDS,
)
from fullhouse.kernel.clock import Clock

_DECAY_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.1
_TRANSACTION_MARK: Final = '["#'
"""Before the number of the transaction, where a payload names it."""


@dataclass(slots=True)
class LoadMonitor:
    """Estimates the ledger's commits per second from their notifications.

    The rate is an exponential average over `_DECAY_SECONDS`. A rush is on while the rate is at
    least `RUSH_COMMITS_PER_SECOND`. Work yields for `RUSH_SECONDS_MAX`, and in a longer rush goes
    on for `RUSH_WORK_SECONDS` of each `RUSH_PERIOD_SECONDS`: without a pause it takes a third of
    the bookings that two processors can make.
    """

    clock: Clock
    _rate: float = 0.0
    _rate_at: float = 0.0
    _began_at: float = -math.inf
    _transaction: str = ""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def on_commit(self, payload: str) -> None:
        """Count a commit once, however many notifications it sends; fits `on_payload`."""
        transaction = payload.partition(",")[0]
        if transaction.startswith(_TRANSACTION_MARK) and transaction == self._transaction:
            return
        self._transaction = transaction
        was_calm = self._commits_per_second() < RUSH_COMMITS_PER_SECOND
        now = self.clock.monotonic()
        self._rate = self._commits_per_second() + 1 / _DECAY_SECONDS
        self._rate_at = now
        if was_calm:
            self._began_at = now

    @property
    def is_on(self) -> bool:
        """Whether work that can wait yields now."""
        if self._stopping.is_set() or self._commits_per_second() < RUSH_COMMITS_PER_SECOND:
            return False
        beyond = self.clock.monotonic() - self._began_at - RUSH_SECONDS_MAX
        return beyond < 0 or beyond % RUSH_PERIOD_SECONDS >= RUSH_WORK_SECONDS

    async def wait_until_calm(self) -> None:
        """Wait until work need not yield, or until stopped."""
        while self.is_on:
            await wait_for_event(self._stopping, timeout_seconds=_POLL_SECONDS)

    async def wait_for_rush(self) -> None:
        """Wait until work yields, for ever once stopped."""
        while not self.is_on:  # noqa: ASYNC110 - a rate is nothing that could be waited for
            await asyncio.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        self._stopping.set()

    def _commits_per_second(self) -> float:
        age = self.clock.monotonic() - self._rate_at
        return self._rate * math.exp(-age / _DECAY_SECONDS)

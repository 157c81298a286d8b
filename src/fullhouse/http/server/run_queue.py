"""Requests that wait for their turn of the event loop, so that no turn takes long.

An event loop runs whatever is ready before it looks at its sockets again: a thousand requests that
arrive together are a thousand handlers in one turn, and a probe waits for all of them.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Protocol

from fullhouse.http.server.limits import (
    HEAVY_STARTS_PER_TURN_MIN,
    HEAVY_TURN_SECONDS,
    STARTS_PER_TURN_MAX,
    STARTS_PER_TURN_MIN,
    TURN_SECONDS,
    WAITING_SECONDS_MAX,
)

_WEIGHT: Final = 0.2
"""Of the last turn in the running mean of the time a request takes of its turn."""

_PACE_WEIGHT: Final = 0.02
"""The same for the wait of a whole queue, which one slow turn must not double."""


class QueueDelay(Protocol):
    """How far behind a queue is."""

    @property
    def is_behind(self) -> bool:
        """Whether any request waits."""

    @property
    def oldest_seconds(self) -> float:
        """How long the request has waited whose turn is next."""

    @property
    def wait_seconds(self) -> float:
        """How long the next request would wait, by what requests have taken of late.

        It follows at once what is added, where `oldest_seconds` follows a whole wait later.
        """

    @property
    def writes(self) -> int:
        """How many of the requests that wait may write."""


class Waiter(Protocol):
    """A request that waits."""

    @property
    def may_write(self) -> bool:
        """Whether its method is not one that only reads."""

    def start(self) -> None:
        """Its turn has come."""

    def refuse(self) -> None:
        """It has waited for longer than `WAITING_SECONDS_MAX`."""


@dataclass(slots=True)
class RunQueue:
    """Starts as many requests in a turn as take about `TURN_SECONDS`; the next ones wait in order.

    How many that are follows from the turns before. A turn has other work, too: with less than
    `STARTS_PER_TURN_MIN` it would be taken for that of the few requests that it starts, and they
    would become fewer still. Of heavy ones fewer start, or a turn would take as long as they do.
    """

    loop: asyncio.AbstractEventLoop
    _waiting: deque[tuple[float, Waiter, bool]] = field(default_factory=deque)
    _writes: int = 0
    _started: int = 0
    _turn_began: float = 0.0
    _request_seconds: float = 0.0
    _pace_seconds: float = 0.0
    _starts_max: int = STARTS_PER_TURN_MAX

    @property
    def is_behind(self) -> bool:
        """As `QueueDelay`."""
        return bool(self._waiting)

    @property
    def oldest_seconds(self) -> float:
        """As `QueueDelay`."""
        return self.loop.time() - self._waiting[0][0] if self._waiting else 0.0

    @property
    def wait_seconds(self) -> float:
        """As `QueueDelay`."""
        return len(self._waiting) * self._pace_seconds

    @property
    def writes(self) -> int:
        """As `QueueDelay`."""
        return self._writes

    def add(self, waiter: Waiter) -> None:
        """Start it now, or in one of the next turns."""
        if self._waiting or self._started >= self._starts_max:
            may_write = waiter.may_write
            self._waiting.append((self.loop.time(), waiter, may_write))
            self._writes += may_write
            return
        if not self._started:
            self._turn_began = self.loop.time()
            self.loop.call_soon(self._turn)
        self._started += 1
        waiter.start()

    def _turn(self) -> None:
        """Called once a turn while there are requests: adjust to the turn that ends, and start."""
        now = self.loop.time()
        took = (now - self._turn_began) / self._started
        self._request_seconds += _WEIGHT * (took - self._request_seconds)
        self._pace_seconds += _PACE_WEIGHT * (took - self._pace_seconds)
        fitting = int(TURN_SECONDS / max(self._request_seconds, 1e-9))
        is_heavy = self._request_seconds * STARTS_PER_TURN_MIN > HEAVY_TURN_SECONDS
        least = HEAVY_STARTS_PER_TURN_MIN if is_heavy else STARTS_PER_TURN_MIN
        self._starts_max = min(max(fitting, least), STARTS_PER_TURN_MAX)
        self._started, self._turn_began = 0, now
        try:
            self._start_waiting(now)
        finally:
            if self._started:
                self.loop.call_soon(self._turn)

    def _start_waiting(self, now: float) -> None:
        while self._waiting and self._started < self._starts_max:
            since, waiter, may_write = self._waiting.popleft()
            self._writes -= may_write
            self._started += 1  # before it starts: an error in one must not end the turns
            if now - since > WAITING_SECONDS_MAX:
                waiter.refuse()
            else:
                waiter.start()

"""Warm caches after the start, and before hours that are known to be busy."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.kernel.clock import Clock
from fullhouse.resilience.limits import WARM_AHEAD_MINUTES, WARM_LOOK_SECONDS, WARM_SECONDS_MAX
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("resilience")


@dataclass(slots=True)
class CacheWarming:
    """`warm` returns how much it has warmed; `is_busy` says of an hour whether it usually is."""

    warm: Callable[[], Awaitable[int]]
    is_busy: Callable[[datetime], Awaitable[bool]]
    clock: Clock
    _warmed_for: datetime | None = None
    _work: asyncio.Future[int] | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Warm at once, then look every few minutes whether a busy hour is near, until stopped."""
        await self._warm()
        while not self._stopping.is_set():
            await wait_for_event(self._stopping, timeout_seconds=WARM_LOOK_SECONDS)
            if not self._stopping.is_set():
                await self.look()

    def stop(self) -> None:
        self._stopping.set()
        if self._work is not None:
            self._work.cancel()

    async def look(self) -> None:
        """Warm once for a busy hour that begins within `WARM_AHEAD_MINUTES`."""
        ahead = self.clock.now() + timedelta(minutes=WARM_AHEAD_MINUTES)
        hour = ahead.replace(minute=0, second=0, microsecond=0)
        if hour <= self.clock.now() or hour == self._warmed_for:
            return
        self._warmed_for = hour
        try:
            if not await self.is_busy(hour):
                return
        except Exception as error:  # noqa: BLE001 - the next hour is looked at all the same
            _LOG.warning("cache.hours_not_known", error=error)
            return
        await self._warm()

    async def _warm(self) -> None:
        """Whatever fails, requests fill the caches as they always have."""
        began = self.clock.monotonic()
        self._work = asyncio.ensure_future(self.warm())
        try:
            async with asyncio.timeout(WARM_SECONDS_MAX):
                warmed = await self._work
        except asyncio.CancelledError:
            if not self._stopping.is_set():
                raise
        except Exception as error:  # noqa: BLE001 - a cold cache is slower, and right
            _LOG.warning("cache.not_warmed", error=error)
        else:
            _LOG.info("cache.warmed", count=warmed, seconds=self.clock.monotonic() - began)

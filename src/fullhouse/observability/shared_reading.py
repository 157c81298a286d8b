"""One reading that all who look at something share, however many they are."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from fullhouse.concurrency.waiting import result_in_time
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("observability")
T = TypeVar("T")


@dataclass(slots=True)
class SharedReading(Generic[T]):
    """Read again by the first who asks when it is `every_seconds` old; others wait for it.

    While it cannot be read the last one stays, with its age, and is tried again as often.
    """

    name: str
    read: Callable[[], Coroutine[object, object, T]]
    clock: Clock
    every_seconds: float
    seconds_max: float
    value: T | None = None
    is_failing: bool = False
    _read_at: float | None = None
    _tried_at: float = float("-inf")
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def age(self) -> float | None:
        """Seconds since the value was read; None when it never was."""
        return None if self._read_at is None else self.clock.monotonic() - self._read_at

    async def get(self) -> T | None:
        """The value, at most `every_seconds` old unless it cannot be read; raises nothing."""
        async with self._turn:
            if self.clock.monotonic() - self._tried_at >= self.every_seconds:
                await self._read()
        return self.value

    async def _read(self) -> None:
        try:
            self.value = await result_in_time(self.read(), seconds_max=self.seconds_max)
        except (FullhouseError, TimeoutError, OSError) as error:
            _LOG.warning("reading.failed", of=self.name, error=error)
            self.is_failing = True
        else:
            self.is_failing = False
            self._read_at = self.clock.monotonic()
        self._tried_at = self.clock.monotonic()

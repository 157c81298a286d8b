"""Listen for `NOTIFY` on one connection a process, and wake the tasks that wait for it.

A notification is only a hint: a task that misses one, because the connection was lost just then,
polls soon.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.limits import JOB_HEARTBEAT_SECONDS, RECONNECT_SECONDS_MAX
from fullhouse.kernel.errors import TransientError
from fullhouse.storage.connection import Connect, close_quietly
from fullhouse.storage.errors import DatabaseErrors
from fullhouse.storage.limits import CONNECT_SECONDS_MAX
from fullhouse.telemetry.log import get_logger

EVENTS: Final = "fullhouse_events"
"""Events were committed; the payload names the topics that changed."""
EFFECTS: Final = "fullhouse_effects"
"""Effects became due."""
EVERYTHING: Final = '["*"]'
_LOG: Final = get_logger("jobs.notifications")


def ignore_payload(_payload: str) -> None:
    """For listeners that only wake tasks."""


@dataclass(slots=True)
class NotificationListener:
    """Listens on both channels; `run` it once, `stop` ends it."""

    connect: Connect
    on_payload: Callable[[str], None] = ignore_payload
    """Called with each payload of `EVENTS`; `EVERYTHING` when some may have been missed."""
    _waiters: dict[str, list[asyncio.Event]] = field(
        default_factory=lambda: {EVENTS: [], EFFECTS: []}
    )
    _stopping: bool = False
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def waiter(self, channel: str) -> asyncio.Event:
        """An event set at each notification; clear it, then poll, then wait for it."""
        event = asyncio.Event()
        self._waiters[channel].append(event)
        return event

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()
        for channel in self._waiters:
            self._wake(channel)

    def look_again(self) -> None:
        """See at once whether the connection is still there; one that is lost is made again."""
        self._woken.set()

    async def run(self) -> None:
        """Listen until stopped; a lost connection is made again."""
        while not self._stopping:
            try:
                await self._listen()
            except TransientError as error:
                _LOG.warning("jobs.listen_failed", error=error)
                await self._wait(RECONNECT_SECONDS_MAX)

    async def _wait(self, seconds: float) -> None:
        if not self._stopping:
            await wait_for_event(self._woken, timeout_seconds=seconds)
            self._woken.clear()

    def _wake(self, channel: str) -> None:
        for waiter in self._waiters[channel]:
            waiter.set()

    def _on_notify(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        if channel == EVENTS:
            self.on_payload(str(payload))
        self._wake(channel)

    async def _listen(self) -> None:
        connection = await self.connect()
        try:
            connection.add_termination_listener(lambda _: self.look_again())
            with DatabaseErrors(connection):
                for channel in self._waiters:
                    await connection.add_listener(channel, self._on_notify)
                    self._on_notify(connection, 0, channel, EVERYTHING)
                while not self._stopping:
                    await self._wait(JOB_HEARTBEAT_SECONDS)
                    await connection.execute("SELECT 1", timeout=CONNECT_SECONDS_MAX)
        finally:
            await close_quietly(connection)

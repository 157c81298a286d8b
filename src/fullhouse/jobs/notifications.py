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
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def waiter(self, channel: str) -> asyncio.Event:
        """An event set at each notification; clear it, then poll, then wait for it."""
        event = asyncio.Event()
        self._waiters[channel].append(event)
        return event

    def stop(self) -> None:
        self._stopping.set()
        for channel in self._waiters:
            self._wake(channel)

    async def run(self) -> None:
        """Listen until stopped; a lost connection is made again."""
        while not self._stopping.is_set():
            try:
                await self._listen()
            except TransientError as error:
                _LOG.warning("jobs.listen_failed", error=error)
                await wait_for_event(self._stopping, timeout_seconds=RECONNECT_SECONDS_MAX)

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
            with DatabaseErrors(connection):
                for channel in self._waiters:
                    await connection.add_listener(channel, self._on_notify)
                    self._on_notify(connection, 0, channel, EVERYTHING)
                while not await wait_for_event(
                    self._stopping, timeout_seconds=JOB_HEARTBEAT_SECONDS
                ):
                    await connection.execute("SELECT 1")
        finally:
            await close_quietly(connection)

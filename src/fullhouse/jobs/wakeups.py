"""Hears `NOTIFY fullhouse_events` and wakes whoever waits for events.

Only a nudge: who is not woken, because the connection was lost just then, looks by itself soon.
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

CHANNEL: Final = "fullhouse_events"
EVERYTHING: Final = '["*"]'
_LOG: Final = get_logger("jobs.wakeups")


def unheard(_payload: str) -> None:
    """For those who only want to be woken."""


@dataclass(slots=True)
class Wakeups:
    """One listening connection a process. `run` it once; `stop` ends it."""

    connect: Connect
    hear: Callable[[str], None] = unheard
    """Given each payload; `EVERYTHING` when something may have been missed."""
    _sleepers: list[asyncio.Event] = field(default_factory=list)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def sleeper(self) -> asyncio.Event:
        """An event that is set at each wake-up; who waits for it clears it, then looks."""
        event = asyncio.Event()
        self._sleepers.append(event)
        return event

    def wake(self) -> None:
        for sleeper in self._sleepers:
            sleeper.set()

    def stop(self) -> None:
        self._stopping.set()
        self.wake()

    async def run(self) -> None:
        """Listen until stopped; a lost connection is made again."""
        while not self._stopping.is_set():
            try:
                await self._listen()
            except TransientError as error:
                _LOG.warning("cannot listen for events; they are looked for", error=str(error))
                await wait_for_event(self._stopping, timeout_seconds=RECONNECT_SECONDS_MAX)

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self.hear(str(payload))
        self.wake()

    async def _listen(self) -> None:
        connection = await self.connect()
        try:
            with DatabaseErrors(connection):
                await connection.add_listener(CHANNEL, self._heard)
                self._heard(connection, 0, CHANNEL, EVERYTHING)
                while not await wait_for_event(
                    self._stopping, timeout_seconds=JOB_HEARTBEAT_SECONDS
                ):
                    await connection.execute("SELECT 1")
        finally:
            await close_quietly(connection)

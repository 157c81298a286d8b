"""The relay: every event to every subscriber, in commit order, exactly once.

The cursor moves in the transaction in which the subscriber writes: both happen or neither. Any
number of relays may run; the lock on the cursor lets one of them at a time tell a subscriber.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.adopting import adopt_history
from fullhouse.jobs.events import Event, Subscriber
from fullhouse.jobs.limits import (
    RELAY_BACKOFF_SECONDS_MAX,
    RELAY_BATCH_EVENTS,
    RELAY_PAUSE_SECONDS,
    RELAY_POLL_SECONDS,
    RELAY_RUSH_PAUSE_SECONDS,
)
from fullhouse.jobs.rush import Rush
from fullhouse.jobs.wakeups import Wakeups
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import RelayMetrics

_LOG: Final = get_logger("jobs.relay")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The commit position up to which a subscriber has been told."""

    xid: int
    seq: int


@dataclass(frozen=True, slots=True)
class Stop:
    """The commit position up to which a subscriber is told next, and how many events that is."""

    xid: int
    seq: int
    events: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one look brought: how many events, and whether to look again at once, soon, or later."""

    events: int
    full: bool
    pending: bool


_ELSEWHERE: Final = Step(events=0, full=False, pending=False)
_ADOPTED: Final = Step(events=0, full=True, pending=False)


@dataclass(slots=True)
class Relay:
    """Tells all subscribers. `run` it once a worker; `catch_up` tells them what there is, once."""

    database: Database
    subscribers: Sequence[Subscriber]
    wakeups: Wakeups
    rush: Rush
    metrics: RelayMetrics
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Tell every subscriber of every event as it comes, until stopped."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.wakeups.run())
            for subscriber in self.subscribers:
                group.create_task(self._follow(subscriber))

    def stop(self) -> None:
        """Finish the batches in hand, then return from `run`."""
        self._stopping.set()
        self.wakeups.stop()

    async def catch_up(self) -> int:
        """Tell all subscribers everything that may be told now; how many events that was.

        Raises what a subscriber raises.
        """
        told = 0
        for subscriber in self.subscribers:
            while True:
                step = await self.relay_batch(subscriber)
                told += step.events
                if not step.full:
                    break
        return told

    async def relay_batch(
        self, subscriber: Subscriber, *, events_max: int = RELAY_BATCH_EVENTS
    ) -> Step:
        """Tell one subscriber of the next events, in one transaction with its cursor."""
        async with self.database.transaction() as session:
            if await adopt_history(session):
                return _ADOPTED
            cursor = await self._take_cursor(session, subscriber)
            if cursor is None:
                return _ELSEWHERE
            stop = await session.fetch_one(
                "jobs.next_stop", Stop, xid=cursor.xid, seq=cursor.seq, events_max=events_max
            )
            told: Sequence[Event] = ()
            if stop is not None:
                told = await _tell(session, subscriber, cursor=cursor, stop=stop)
            passed = stop.events if stop else 0
            full = passed == events_max
            pending = not full and await _waits(session, subscriber)
        self._count(subscriber, told)
        return Step(events=passed, full=full, pending=pending)

    async def _follow(self, subscriber: Subscriber) -> None:
        """Tell one subscriber until stopped, whatever it raises.

        After a failure events are told one by one, so that those before the poisonous one get
        through; it is tried again and again, ever more slowly, and its lag grows where all see it.
        """
        wake = self.wakeups.sleeper()
        events_max, failures = RELAY_BATCH_EVENTS, 0
        while not self._stopping.is_set():
            if subscriber.patient:
                await self.rush.over()
            wake.clear()
            try:
                step = await self.relay_batch(subscriber, events_max=events_max)
            except Exception as error:  # noqa: BLE001 - counted, logged, tried again: see above
                failures += 1
                events_max = 1
                await self._back_off(subscriber, failures, error)
            else:
                events_max, failures = min(events_max * 2, RELAY_BATCH_EVENTS), 0
                await self._rest(step, wake)

    async def _rest(self, step: Step, wake: asyncio.Event) -> None:
        if step.full:
            return
        if self.rush.is_on:
            # In larger batches, which cost guests less
            await wait_for_event(self._stopping, timeout_seconds=RELAY_RUSH_PAUSE_SECONDS)
        elif step.pending:
            # Committed, but an older transaction is still open; or more came meanwhile
            await wait_for_event(self._stopping, timeout_seconds=RELAY_PAUSE_SECONDS)
        else:
            await wait_for_event(wake, timeout_seconds=RELAY_POLL_SECONDS)

    async def _back_off(self, subscriber: Subscriber, failures: int, error: Exception) -> None:
        self.metrics.failures.labels(subscriber.name).inc()
        seconds = min(2.0 ** min(failures - 1, 10), RELAY_BACKOFF_SECONDS_MAX)
        _LOG.error(
            "a subscriber failed and is told again",
            subscriber=subscriber.name,
            failures=failures,
            again_in_seconds=seconds,
            exc_info=error,
        )
        await wait_for_event(self._stopping, timeout_seconds=seconds)

    async def _take_cursor(self, session: Session, subscriber: Subscriber) -> Cursor | None:
        """The locked cursor; `None` while another relay has it."""
        cursor = await session.fetch_one("jobs.take_cursor", Cursor, subscriber=subscriber.name)
        if cursor is None and await session.execute("jobs.enrol", subscriber=subscriber.name):
            return await session.fetch_one("jobs.take_cursor", Cursor, subscriber=subscriber.name)
        return cursor

    def _count(self, subscriber: Subscriber, events: Sequence[Event]) -> None:
        for event in events:
            self.metrics.relayed.labels(subscriber.name, event.kind).inc()


async def _tell(
    session: Session, subscriber: Subscriber, *, cursor: Cursor, stop: Stop
) -> Sequence[Event]:
    """Tell of what lies between them and move the cursor; the events that it was told of."""
    events = await session.fetch(
        "jobs.events_between",
        Event,
        xid=cursor.xid,
        seq=cursor.seq,
        to_xid=stop.xid,
        to_seq=stop.seq,
        kinds=list(subscriber.kinds),
    )
    if events:
        await subscriber.apply(session, events)
    await session.execute(
        "jobs.move_cursor", subscriber=subscriber.name, xid=stop.xid, seq=stop.seq
    )
    return events


async def _waits(session: Session, subscriber: Subscriber) -> bool:
    return bool(await session.fetch_value("jobs.events_wait", bool, subscriber=subscriber.name))

"""The relay: every event to every subscriber, in commit order, exactly once.

A subscriber's cursor moves in the transaction in which the subscriber writes: both happen or
neither. Any number of relays may run; the lock on a cursor lets one at a time serve a subscriber.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.event_positions import BatchEnd, EventPosition, committed_until
from fullhouse.jobs.events import RelayedEvent, Subscriber
from fullhouse.jobs.limits import (
    RECONNECT_SECONDS_MAX,
    RELAY_ATTEMPTS_MAX,
    RELAY_BACKOFF_SECONDS_MAX,
    RELAY_BATCH_EVENTS,
    RELAY_PAUSE_SECONDS,
    RELAY_POLL_SECONDS,
    RELAY_RUSH_PAUSE_SECONDS,
)
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import EVENTS, NotificationListener
from fullhouse.jobs.relayed_again import set_aside
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry import tracing
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("jobs.relay")


class BatchResult(Struct, frozen=True):
    """The size of a batch, whether it was full, and whether committed events are still left."""

    events: int
    full: bool
    pending: bool


LOCKED_ELSEWHERE: Final = BatchResult(events=0, full=False, pending=False)


@dataclass(slots=True)
class Relay:
    """Serves all subscribers; `run` it once a worker."""

    database: Database
    subscribers: Sequence[Subscriber]
    listener: NotificationListener
    load: LoadMonitor
    metrics: RelayMetrics
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Relay events as they are committed, until stopped; runs the listener as well."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.listener.run())
            for subscriber in self.subscribers:
                group.create_task(self._follow(subscriber))

    def stop(self) -> None:
        """Finish the batches under way, then return from `run`."""
        self._stopping.set()
        self.listener.stop()

    async def catch_up(self) -> int:
        """Relay all events that may be relayed now; their number, over all subscribers.

        Raises what a subscriber raises.
        """
        relayed = 0
        for subscriber in self.subscribers:
            while True:
                result = await self.relay_batch(subscriber)
                relayed += result.events
                if not result.full:
                    break
        return relayed

    async def relay_batch(
        self, subscriber: Subscriber, *, events_max: int = RELAY_BATCH_EVENTS
    ) -> BatchResult:
        """Relay the next events to one subscriber, in one transaction with its cursor."""
        async with self.database.unrestricted.transaction() as session:
            cursor = await self._lock_cursor(session, subscriber)
            if cursor is None:
                return LOCKED_ELSEWHERE
            end = await committed_until(session, cursor, events_max=events_max)
            relayed: Sequence[RelayedEvent] = ()
            if end is not None:
                relayed = await _apply(session, subscriber, cursor=cursor, end=end)
            events = end.events if end else 0
            full = events == events_max
            pending = not full and await _has_pending(session, subscriber)
        for event in relayed:
            self.metrics.relayed.labels(subscriber.name, event.kind).inc()
            tracing.record_waited(
                f"event {event.kind}",
                event.correlation_id,
                since=event.at,
                subscriber=subscriber.name,
            )
        return BatchResult(events=events, full=full, pending=pending)

    async def _follow(self, subscriber: Subscriber) -> None:
        """Serve one subscriber until stopped, whatever it raises.

        After a failure events are relayed one by one, so that events before a poisonous one get
        through. It is retried ever more slowly, and becomes a dead letter in the end; what fails
        for a time, as without a database, is retried for as long as it takes.
        """
        wake = self.listener.waiter(EVENTS)
        events_max, failures = RELAY_BATCH_EVENTS, 0
        while not self._stopping.is_set():
            if subscriber.yields_under_load:
                await self.load.wait_until_calm()
            wake.clear()
            try:
                result = await self.relay_batch(subscriber, events_max=events_max)
            except Exception as error:  # noqa: BLE001 - counted, logged, retried: see above
                failures += 1
                events_max = 1
                await self._back_off(subscriber, failures, error)
                if failures >= RELAY_ATTEMPTS_MAX and not _is_transient(error):
                    await self._set_aside(subscriber, error)
                    failures = 0
            else:
                events_max, failures = min(events_max * 2, RELAY_BATCH_EVENTS), 0
                await self._rest(result, wake)

    async def _rest(self, result: BatchResult, wake: asyncio.Event) -> None:
        if result.full:
            return
        if self.load.is_on:
            # Larger batches cost customers less.
            await wait_for_event(self._stopping, timeout_seconds=RELAY_RUSH_PAUSE_SECONDS)
        elif result.pending:
            # An older transaction is still open, or more events were committed meanwhile.
            await wait_for_event(self._stopping, timeout_seconds=RELAY_PAUSE_SECONDS)
        else:
            await wait_for_event(wake, timeout_seconds=RELAY_POLL_SECONDS)

    async def _set_aside(self, subscriber: Subscriber, error: Exception) -> None:
        """Make the next event of the subscriber a dead letter, and go on behind it."""
        try:
            async with self.database.unrestricted.transaction() as session:
                cursor = await self._lock_cursor(session, subscriber)
                if cursor is None:
                    return
                end = await committed_until(session, cursor, events_max=1)
                if end is None:
                    return
                for event in await _events_between(session, subscriber, cursor=cursor, end=end):
                    await set_aside(session, subscriber, event, error=error)
                    _LOG.error("relay.event_set_aside", subscriber=subscriber.name, seq=event.seq)
                await _move_cursor(session, subscriber, end)
        except (TransientError, OutcomeUnknown) as failure:
            _LOG.warning("relay.event_not_set_aside", error=failure)

    async def _back_off(self, subscriber: Subscriber, failures: int, error: Exception) -> None:
        self.metrics.failures.labels(subscriber.name).inc()
        is_transient = _is_transient(error)
        seconds = retry_seconds(failures, is_transient=is_transient)
        if is_transient:
            _LOG.warning(
                "relay.batch_postponed",
                subscriber=subscriber.name,
                failures=failures,
                retry_seconds=seconds,
                error=error,
            )
        else:
            _LOG.error(
                "relay.batch_failed",
                subscriber=subscriber.name,
                failures=failures,
                retry_seconds=seconds,
                exc_info=error,
            )
        await wait_for_event(self._stopping, timeout_seconds=seconds)

    async def _lock_cursor(self, session: Session, subscriber: Subscriber) -> EventPosition | None:
        """Lock and return the cursor, created if missing; None while another relay holds it."""
        name = subscriber.name
        cursor = await session.fetch_one("jobs.lock_cursor", EventPosition, subscriber=name)
        if cursor is None and await session.execute("jobs.create_cursor", subscriber=name):
            return await session.fetch_one("jobs.lock_cursor", EventPosition, subscriber=name)
        return cursor


async def _apply(
    session: Session, subscriber: Subscriber, *, cursor: EventPosition, end: BatchEnd
) -> Sequence[RelayedEvent]:
    """Give the subscriber its events of the batch and move its cursor; returns these events."""
    events = await _events_between(session, subscriber, cursor=cursor, end=end)
    if events:
        await subscriber.apply(session, events)
    await _move_cursor(session, subscriber, end)
    return events


async def _events_between(
    session: Session, subscriber: Subscriber, *, cursor: EventPosition, end: BatchEnd
) -> Sequence[RelayedEvent]:
    return await session.fetch(
        "jobs.events_between",
        RelayedEvent,
        xid=cursor.xid,
        seq=cursor.seq,
        to_xid=end.xid,
        to_seq=end.seq,
        kinds=subscriber.kinds,
    )


async def _move_cursor(session: Session, subscriber: Subscriber, end: BatchEnd) -> None:
    await session.execute("jobs.move_cursor", subscriber=subscriber.name, xid=end.xid, seq=end.seq)


def retry_seconds(failures: int, *, is_transient: bool) -> float:
    """Before the next try: 1, 2, 4 … up to a minute, but soon for what ends by itself.

    A database that is back must not wait for a try that an hour without it has put off.
    """
    most = RECONNECT_SECONDS_MAX if is_transient else RELAY_BACKOFF_SECONDS_MAX
    return min(2.0 ** min(failures - 1, 10), most)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, FullhouseError):
        return error.transient
    return isinstance(error, OSError | TimeoutError)


async def _has_pending(session: Session, subscriber: Subscriber) -> bool:
    return bool(await session.fetch_value("jobs.has_pending", bool, subscriber=subscriber.name))

"""Whether the database answers, asked once a second on a connection of its own.

A server that is frozen refuses nobody, so each request would find out by waiting. One small
question finds it out for all of them: while its circuit is open, work is refused at once, and the
question is the probe. It waits in no queue, so many requests are not taken for a database that is
down.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import ServiceUnavailable, TransientError
from fullhouse.resilience.breaker import BreakerPolicy, CircuitBreaker
from fullhouse.resilience.circuits import Circuit, LocalCircuits
from fullhouse.resilience.limits import (
    DATABASE_ASKED_SECONDS,
    DATABASE_FAILURES_MAX,
    DATABASE_FAILURES_SECONDS,
    DATABASE_RETRY_SECONDS,
    DATABASE_SILENT_SECONDS_MAX,
)
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.storage.connection import Connect
from fullhouse.storage.errors import DatabaseErrors, DatabaseUnavailable
from fullhouse.telemetry.log import get_logger

DATABASE: Final = "database"
_LOG: Final = get_logger("database")
_ERRORS: Final = (TransientError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_POLICY: Final = BreakerPolicy(
    failures_max=DATABASE_FAILURES_MAX,
    window_seconds=DATABASE_FAILURES_SECONDS,
    calls_min=1_000,  # it is judged by its failures alone: a slow one fails by its time-out
    open_seconds=DATABASE_ASKED_SECONDS / 2,
    probe_seconds=DATABASE_SILENT_SECONDS_MAX,
)


def database_away() -> ServiceUnavailable:
    """The error of what needs the database while it does not answer."""
    return ServiceUnavailable(
        "Nothing can be booked or changed at the moment, and nothing was done. Try again in a "
        "moment.",
        service=DATABASE,
        retry_after_seconds=DATABASE_RETRY_SECONDS,
    )


def _do_nothing() -> None:
    """For programs in which nothing waits."""


@dataclass(slots=True)
class DatabaseWatch:
    """Asks the database; `run` it once. What needs the database calls `require` first."""

    connect: Connect
    clock: Clock
    metrics: CircuitMetrics
    on_change: Callable[[], None] = _do_nothing
    """Called when the database is found to be away, and when it is back."""
    breaker: CircuitBreaker = field(init=False)
    _connection: asyncpg.Connection | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.breaker = CircuitBreaker(
            DATABASE,
            LocalCircuits(self.clock),
            self.clock,
            policy=_POLICY,
            on_change=self._watch,
        )

    @property
    def is_away(self) -> bool:
        """Whether the database does not answer."""
        return self.breaker.is_open

    def require(self) -> None:
        """Raise `ServiceUnavailable` when the database is known not to answer."""
        if self.breaker.is_open:
            raise database_away()

    async def run(self) -> None:
        """Ask again and again, until stopped."""
        try:
            while not await wait_for_event(self._stopping, timeout_seconds=DATABASE_ASKED_SECONDS):
                await self.check()
        finally:
            self._disconnect()

    def stop(self) -> None:
        self._stopping.set()

    async def check(self) -> None:
        """Ask once; an answer that does not come in time is a failure."""
        was_away = self.is_away
        try:
            await self.breaker.call(self._ask, lambda _: True)
        except _ERRORS as error:
            _LOG.warning("database.silent", error=error)
        if self.is_away == was_away:
            return
        if self.is_away:
            _LOG.error("database.away")
        else:
            _LOG.warning("database.back")
        self.on_change()

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(DATABASE_SILENT_SECONDS_MAX):
                if self._connection is None:
                    self._connection = await self.connect()
                await _require_primary(self._connection)
        except BaseException:
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _watch(self, circuit: Circuit) -> None:
        self.metrics.is_open.labels(circuit.name).set(int(circuit.is_open))


async def _require_primary(connection: asyncpg.Connection) -> None:
    """Raise `DatabaseUnavailable` for a standby as well, which could only be read."""
    with DatabaseErrors(connection):
        is_standby = await connection.fetchval("SELECT pg_is_in_recovery()")
    if is_standby:
        raise DatabaseUnavailable("The database is a standby, which takes no changes.")

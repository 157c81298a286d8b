"""A connection to the database that fails on demand: before or after a commit, or for good."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, cast

import asyncpg

from fullhouse.booking import limits
from fullhouse.booking.actions.place_booking import PlaceBooking
from fullhouse.booking.ledger.committer import Committer
from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.booking.model.commands import Command
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import Clock
from fullhouse.storage.connection import connect
from fullhouse.storage.errors import DatabaseErrors, DatabaseUnavailable
from fullhouse.storage.observation import ObserveQuery, observe_nothing
from fullhouse.telemetry.metrics import MetricRegistry

Fault = Literal["none", "cut before", "cut after", "silent", "nonsense", "full"]


@dataclass(slots=True)
class FaultyProxy:
    """Connects for a committer. Each commit meets the next of `faults`; after the last, none."""

    url: str
    faults: Iterator[Fault]
    lock_milliseconds: int = 3_000
    away: bool = False
    attempts: int = 0
    connections: int = 0

    async def connect(self) -> asyncpg.Connection:
        self.attempts += 1
        if self.away:
            raise DatabaseUnavailable("the database is away")
        self.connections += 1
        connection = await connect(self.url, application_name="faulty ledger")
        with DatabaseErrors(connection):
            await connection.execute(f"SET lock_timeout = {self.lock_milliseconds}")
        return cast("asyncpg.Connection", FaultyConnection(connection, self))


@dataclass(slots=True)
class FaultyConnection:
    """The part of a connection that a committer uses."""

    real: asyncpg.Connection
    proxy: FaultyProxy

    async def fetch(
        self,
        query: str,
        batch: list[Command],
        *parameters: object,
        timeout: float,  # noqa: ASYNC109 - asyncpg's own
    ) -> list[asyncpg.Record]:
        fault = "cut before" if self.proxy.away else next(self.proxy.faults, "none")
        if fault == "cut before":
            self._cut()
        if fault == "full":
            raise asyncpg.DiskFullError("could not extend file")
        if fault == "nonsense":
            raise RuntimeError("nobody foresaw this")
        rows = await self.real.fetch(query, batch, *parameters, timeout=timeout)
        if fault == "cut after":
            self._cut()
        if fault == "silent":
            raise TimeoutError
        return rows

    def is_closed(self) -> bool:
        return self.real.is_closed()

    def terminate(self) -> None:
        self.real.terminate()

    def _cut(self) -> None:
        self.real.terminate()
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in mid-sentence")


@dataclass(frozen=True, slots=True)
class LedgerFixture:
    """A committer that no other test uses, and the action that makes bookings through it."""

    committer: Committer
    proxy: FaultyProxy
    metrics: MetricRegistry
    place: PlaceBooking
    running: asyncio.Task[None]

    def rejected(self) -> float:
        return self.metrics.registry.get_sample_value("fullhouse_ledger_rejected_total") or 0

    def is_failing(self) -> bool:
        return self.committer.is_failing

    def is_overloaded(self) -> bool:
        return self.committer.is_overloaded

    def commits(self) -> float:
        name = "fullhouse_ledger_group_commands_count"
        return self.metrics.registry.get_sample_value(name) or 0

    def verdicts(self) -> dict[str, float]:
        """Commands decided, by `kind verdict`."""
        return {
            f"{sample.labels['command']} {sample.labels['verdict']}": sample.value
            for metric in self.metrics.registry.collect()
            for sample in metric.samples
            if sample.name == "fullhouse_ledger_verdicts_total"
        }


@asynccontextmanager
async def a_ledger(
    app: Application,
    proxy: FaultyProxy,
    *,
    clock: Clock | None = None,
    queue_max: int = limits.QUEUE_COMMANDS_MAX,
    deadline_seconds: float = limits.COMMAND_DEADLINE_SECONDS,
    observe: ObserveQuery = observe_nothing,
) -> AsyncIterator[LedgerFixture]:
    """Run a committer, and drain it at the end."""
    metrics = MetricRegistry()
    committer = Committer(
        proxy.connect,
        clock or app.clock,
        metrics.get(LedgerMetrics),
        app.ids,
        observe=observe,
        queue_max=queue_max,
        deadline_seconds=deadline_seconds,
    )
    place = app.booking.place_booking
    running = asyncio.create_task(committer.run())
    try:
        yield LedgerFixture(
            committer, proxy, metrics, PlaceBooking(place.policy, committer, place.ids), running
        )
    finally:
        committer.drain()
        if not running.cancelled():
            await running


def a_faulty_proxy(
    url: str, faults: Iterable[Fault] = (), *, lock_milliseconds: int = 3_000
) -> FaultyProxy:
    return FaultyProxy(url, iter(faults), lock_milliseconds)

"""What the rules of alerts look at, read from rows of all processes."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import Final

from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.localisation.formatter import utc_english
from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.gauge_watch import GaugeWatch, SeenAnyway
from fullhouse.observability.health import HealthSource
from fullhouse.observability.health_texts import troubles_text
from fullhouse.observability.limits import (
    BURN_RATES,
    CHECKS_SECONDS,
    CHECKS_SECONDS_MAX,
    MEMORY_ALERT_SECONDS,
)
from fullhouse.observability.measurements import (
    Counted,
    Labels,
    counts_since,
    durations_of,
    is_error,
)
from fullhouse.observability.memory_report import memory_growths
from fullhouse.observability.model import HealthReport
from fullhouse.observability.signals import InstallationChecks, Requests, Signals, Tally
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import DatabaseBusy
from fullhouse.storage.statement_times import DATABASE_FAILURES
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("alerts")
_RECENT: Final = 300
_SHORT: Final = 60
"""Of a busy day; read at each look then."""
_LONG_SPANS: Final = tuple(
    sorted(
        {s for burn in BURN_RATES for s in (burn.long_seconds, burn.short_seconds)}
        - {_RECENT, _SHORT}
    )
)
_LONG_SPANS_EVERY: Final = 60.0

MISSES: Final = frozenset({"miss", "error"})
LOOKUPS: Final = MISSES | {"hit", "stale"}
ATTEMPTS_FAILED: Final = frozenset({"rescheduled", "dead"})
ATTEMPTS: Final = ATTEMPTS_FAILED | {"completed"}
SIGN_INS_REFUSED: Final = frozenset({"wrong", "locked"})
STATEMENTS_BUSY: Final = frozenset({DatabaseBusy.code})
STATEMENTS_FAILED: Final = DATABASE_FAILURES - STATEMENTS_BUSY
"""What the values of the label `outcome` mean to alerts; those for Prometheus are made of them."""


class InstallationTroubles(Struct, frozen=True):
    """What stands in rows that somebody has to look at."""

    dead_letters: int
    inconsistencies: int
    oldest_due_seconds: float
    worker_silent_seconds: float | None
    open_circuits: Mapping[str, float]
    mode_seconds: float | None


async def check_nothing() -> InstallationChecks:
    """For what sees neither certificate nor backups."""
    return InstallationChecks()


@dataclass(slots=True)
class SignalReader:
    """Reads the signals; long spans once a minute, certificate, clock and backups every hour.

    `is_booking` says of a route what books; `delivers` are the kinds of job that give something to
    somebody outside.
    """

    database: Database
    clock: Clock
    machine: HealthSource
    is_booking: Callable[[str, str], bool]
    gauges: GaugeWatch
    delivers: Collection[str] = ()
    check: Callable[[], Awaitable[InstallationChecks]] = check_nothing
    _long: dict[int, Requests] = field(default_factory=dict)
    _long_read_at: float = float("-inf")
    _checks: InstallationChecks = field(default_factory=InstallationChecks)
    _checked_at: float = float("-inf")

    async def read(self) -> Signals:
        now = self.clock.now()
        machine = HealthReport(await self.machine.measure())
        await self._check()
        async with self.database.unrestricted.session() as session:
            troubles = await session.fetch_one(
                "observability.troubles_of_installation", InstallationTroubles
            )
            assert troubles is not None, "the query always returns a row"
            recent = await self._requests(session, _RECENT, now)
            counted = await _counted(session, now)
            grown = await memory_growths(
                session, since=now - timedelta(seconds=MEMORY_ALERT_SECONDS)
            )
            await self._read_long(session, now)
            if self._checks.is_busy_day:
                short = await self._requests(session, _SHORT, now)
                self._long[_SHORT] = self._bookings(short)
        bookings = self._bookings(recent)
        await self._look_at_gauges(now, SeenAnyway(bookings, troubles.oldest_due_seconds, machine))
        failed = sum(s.count for labels, s in recent.items() if is_error(labels))
        statements = counted["query_seconds"]
        return Signals(
            bookings={**self._long, _RECENT: bookings},
            requests_failed=failed,
            dead_letters=troubles.dead_letters,
            inconsistencies=troubles.inconsistencies,
            oldest_due_seconds=troubles.oldest_due_seconds,
            worker_silent_seconds=troubles.worker_silent_seconds or 0.0,
            caches=_tallies(counted["cache_lookups"], LOOKUPS, failed=MISSES),
            deliveries=_tallies(
                (one for one in counted["job_outcomes"] if one.labels[0] in self.delivers),
                ATTEMPTS,
                failed=ATTEMPTS_FAILED,
            ),
            statements_failed=_total(statements, STATEMENTS_FAILED),
            statements_busy=_total(statements, STATEMENTS_BUSY),
            sign_ins_refused=_total(counted["sign_ins"], SIGN_INS_REFUSED),
            checks=self._checks,
            open_circuits=troubles.open_circuits,
            trends=self.gauges.trends,
            unusual=self.gauges.unusual,
            mode_seconds=inf if troubles.mode_seconds is None else troubles.mode_seconds,
            grown_processes={each.process: each.used for each in grown},
            machine=machine.status,
            machine_troubles=troubles_text(machine, utc_english()),
        )

    async def _look_at_gauges(self, now: datetime, seen: SeenAnyway) -> None:
        try:
            async with self.database.unrestricted.session() as session:
                await self.gauges.look(session, now, seen)
        except FullhouseError as error:
            _LOG.warning("gauges.not_observed", error=error)

    async def _check(self) -> None:
        monotonic = self.clock.monotonic()
        if monotonic - self._checked_at < CHECKS_SECONDS:
            return
        self._checked_at = monotonic
        try:
            async with asyncio.timeout(CHECKS_SECONDS_MAX):
                self._checks = await self.check()
        except Exception as error:  # noqa: BLE001 - what cannot be seen hides nothing else
            _LOG.warning("alerts.not_checked", error=error)

    async def _read_long(self, session: Session, now: datetime) -> None:
        monotonic = self.clock.monotonic()
        if monotonic - self._long_read_at < _LONG_SPANS_EVERY:
            return
        self._long_read_at = monotonic
        for seconds in _LONG_SPANS:
            self._long[seconds] = self._bookings(await self._requests(session, seconds, now))

    async def _requests(
        self, session: Session, seconds: int, now: datetime
    ) -> Mapping[Labels, QuantileSketch]:
        since = now - timedelta(seconds=seconds)
        return await durations_of(session, "request_seconds", since=since, until=now)

    def _bookings(self, requests: Mapping[Labels, QuantileSketch]) -> Requests:
        total, failed = QuantileSketch(), 0
        for labels, sketch in requests.items():
            method, route, _ = labels
            if self.is_booking(method, route):
                total.merge(sketch)
                failed += sketch.count if is_error(labels) else 0
        return Requests(total, failed)


async def _counted(session: Session, now: datetime) -> Mapping[str, Sequence[Counted]]:
    """By metric, what was counted in the last five minutes but what went well of statements."""
    by_metric: dict[str, list[Counted]] = defaultdict(list)
    metrics = ("query_seconds", "cache_lookups", "job_outcomes", "sign_ins")
    for one in await counts_since(session, metrics, since=now - timedelta(seconds=_RECENT)):
        by_metric[one.metric].append(one)
    return by_metric


def _tallies(
    counted: Iterable[Counted], outcomes: Collection[str], *, failed: Collection[str]
) -> Mapping[str, Tally]:
    """By the first label; the last is the outcome."""
    found: dict[str, Tally] = defaultdict(Tally)
    for one in counted:
        name, outcome = one.labels[0], one.labels[-1]
        if outcome in outcomes:
            before, wrong = found[name], one.count if outcome in failed else 0
            found[name] = Tally(before.count + one.count, before.failed + wrong)
    return found


def _total(counted: Iterable[Counted], outcomes: Collection[str]) -> int:
    return sum(one.count for one in counted if one.labels[-1] in outcomes)

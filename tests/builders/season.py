"""What a farm's installation measures in its season: guests by hour and weather, nights, restarts.

Counts are drawn at random from a seed, as guests come: nothing is even, and no day is another.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from fullhouse.bootstrap.application import Application
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.people.metrics import SignInMetrics
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.storage.errors import DatabaseBusy, DatabaseUnavailable
from fullhouse.storage.metrics import QueryMetrics

ZONE: Final = ZoneInfo("Europe/London")
STEP_MINUTES: Final = 5
BACKUP_HOUR, DEPLOY_HOUR, SALE_HOUR, SALE_WEEKDAY = 3, 7, 18, 4
_BY_HOUR: Final = (
    *(0.05, 0.02, 0.02, 0.02, 0.05, 0.2, 0.6, 1.2, 2.0, 2.6, 2.6, 2.4),
    *(2.0, 1.8, 1.8, 2.0, 2.2, 2.6, 3.0, 3.4, 3.0, 2.0, 0.8, 0.2),
)
"""Bookings a minute of an ordinary day, by the hour at the farm."""
_PAGES_A_BOOKING: Final = 12


class Minutes(NamedTuple):
    """What happens in one step: counts, and how slow bookings are."""

    bookings: int
    full: int
    failed: int
    pages: int
    wrong_passwords: int
    busy: int
    lost: int
    seconds: float

    def split(self, random: Random) -> tuple["Minutes", "Minutes"]:
        """The first minute of the step, and the others; what happens once is in the others."""
        parts = [_first_of(count, random) for count in (self.bookings, self.full, self.pages)]
        first = Minutes(parts[0], parts[1], 0, parts[2], 0, 0, 0, self.seconds)
        rest = [before - taken for before, taken in zip(self[:-1], first[:-1], strict=True)]
        return first, Minutes._make([*rest, self.seconds])


def _first_of(count: int, random: Random) -> int:
    """A fifth, rounded at random, so that many of them add up."""
    return int(count / STEP_MINUTES + random.random())


@dataclass(slots=True)
class Season:
    """Draws the steps one after the other."""

    random: Random
    _weather: dict[object, float] = field(default_factory=dict)

    def rate(self, local: datetime) -> float:
        """Bookings a minute: by hour, weekend, weather of the day, and the sale on Fridays."""
        weather = self._weather.setdefault(local.date(), self.random.uniform(0.6, 1.4))
        weekend = 1.8 if local.weekday() > 4 else 1.0
        sale = 60.0 if _is_sale(local) else 0.0
        return _BY_HOUR[local.hour] * weekend * weather + sale

    def step(self, at: datetime) -> Minutes:
        local, random = at.astimezone(ZONE), self.random
        bookings = self._some(self.rate(local) * STEP_MINUTES)
        first = local.minute < STEP_MINUTES
        is_deploy = first and local.hour == DEPLOY_HOUR
        is_backup = first and local.hour == BACKUP_HOUR
        return Minutes(
            bookings=bookings,
            full=self._some(bookings * (0.4 if _is_sale(local) else 0.02)),
            failed=self._some(bookings / 4_000) + int(is_deploy),
            pages=self._some(bookings * _PAGES_A_BOOKING + 15),
            wrong_passwords=self._some(0.5) + (random.randrange(20, 60) * (local.hour == 4)),
            busy=random.randrange(5) if is_backup or _is_sale(local) else 0,
            lost=random.randrange(6) if is_deploy else 0,
            seconds=0.9 if is_backup else 0.3 if _is_sale(local) else 0.03,
        )

    def _some(self, mean: float) -> int:
        """A Poisson number, by the normal one where that is near enough."""
        return max(0, round(self.random.gauss(mean, mean**0.5))) if mean > 0 else 0


def _is_sale(local: datetime) -> bool:
    return local.weekday() == SALE_WEEKDAY and local.hour == SALE_HOUR and local.minute < 30


def happen(app: Application, step: Minutes, random: Random) -> None:
    """Measure what happened, as the processes do."""
    requests, queries = app.metrics.get(RequestMetrics), app.metrics.get(QueryMetrics)
    book = "/api/v1/{org}/bookings"
    for status, count in ((201, step.bookings), (409, step.full), (503, step.failed)):
        for _ in repeat(None, count):
            seconds = step.seconds * random.lognormvariate(0, 0.4)
            requests.observe(method="POST", route=book, status=status, seconds=seconds)
    for _ in repeat(None, step.pages):
        requests.observe(method="GET", route="/{org}/{offering}", status=200, seconds=0.02)
    for error, count in ((DatabaseBusy(), step.busy), (DatabaseUnavailable(), step.lost)):
        for _ in repeat(None, count):
            queries.observe("booking.slots", 0.5, error)
    for _ in repeat(None, step.wrong_passwords):
        app.metrics.get(SignInMetrics).ended("wrong")
    lookups = step.pages * 4
    caches = app.metrics.get(CacheMetrics)
    caches.count("days", "miss", lookups // 7)
    caches.count("days", "hit", lookups - lookups // 7)


def gauges_before(season: Season, until: datetime, *, days: int) -> Iterator[tuple[object, ...]]:
    """Rows of ten minutes of the weeks before: name, start, total, least and most of ten."""
    at = until - timedelta(days=days)
    while at < until:
        halves = [season.step(at + timedelta(minutes=part)) for part in (0, STEP_MINUTES)]
        minutes = 2 * STEP_MINUTES
        booked = sum(one.bookings for one in halves)
        failed = sum(one.failed for one in halves)
        asked = booked + failed + sum(one.full + one.pages for one in halves)
        for name, total in (("bookings", booked), ("requests", asked), ("errors", failed)):
            mean = total / minutes
            yield f"{name}_per_minute", at, 10.0 * mean, mean, mean
        if booked > 40:
            p95 = 2 * max(one.seconds for one in halves)
            yield "booking_p95_seconds", at, 10 * p95, p95, p95
        at += timedelta(minutes=minutes)

"""The wiring of what makes the installation faster by itself."""

import os
import platform
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import partial
from typing import Final

from fullhouse.booking.actions.warm_availability import WarmAvailability
from fullhouse.booking.reads.sales import next_busy_day
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.schema import named_queries
from fullhouse.concurrency.beside import beside
from fullhouse.jobs.kinds import RecurringJob
from fullhouse.observability.busy_hours import is_busy_hour
from fullhouse.observability.index_builder import IndexBuilder
from fullhouse.observability.index_proposals import IndexProposer
from fullhouse.observability.index_trials import IndexTrials
from fullhouse.observability.optimisation_mode import OptimisationMode
from fullhouse.observability.pool_tuner import PoolTuner
from fullhouse.resilience.cache_warming import CacheWarming
from fullhouse.storage.embedded import default_data_dir
from fullhouse.storage.metrics import QueryMetrics

WRITERS: Final = frozenset({"booking.ledger_commit"})
"""Statements that write by a function of the database."""


def optimisation_jobs(app: Application) -> Sequence[RecurringJob]:
    """The jobs of the worker; when the setting says off, only what was done can be undone."""
    trials = build_index_trials(app).job()
    if app.settings.optimise is OptimisationMode.OFF:
        return (trials,)
    return (IndexProposer(app.database, named_queries(), app.clock, app.ids).job(), trials)


def build_index_trials(app: Application) -> IndexTrials:
    """What builds, measures and undoes indexes."""
    builder = IndexBuilder(
        app.database,
        app.connect,
        app.clock,
        partial(_busy_day, app),
        partial(_free_bytes, app),
        lambda: app.modes.spares_extras,
    )
    return IndexTrials(builder, named_queries(), app.settings.optimise, WRITERS)


async def _busy_day(app: Application) -> date | None:
    async with app.database.unrestricted.session() as session:
        return await next_busy_day(session, today=app.clock.now().date())


def _free_bytes(app: Application) -> int | None:
    if app.settings.database_url is not None:
        return None
    folder = app.settings.data_dir or default_data_dir()
    return shutil.disk_usage(folder).free


@asynccontextmanager
async def optimising(app: Application) -> AsyncIterator[None]:
    """Warm the caches of a web process, and tune its pool, as far as the setting allows."""
    tasks: list[CacheWarming | PoolTuner] = []
    if app.settings.optimise is not OptimisationMode.OFF:
        tasks.append(build_cache_warming(app))
    if app.settings.optimise is OptimisationMode.ACT:
        process = f"web {os.getpid()} on {platform.node()}"
        queries = app.metrics.get(QueryMetrics)
        bound = app.settings.connections_max
        tasks.append(PoolTuner(app.database, queries, app.clock, app.ids, process, bound))
    async with beside(*tasks):
        yield


def build_cache_warming(app: Application) -> CacheWarming:
    """What reads the next days of offerings in demand, and when."""
    action = WarmAvailability(
        app.database, app.catalogue, app.availability, app.clock, app.load.wait_until_calm
    )

    async def is_busy(hour: datetime) -> bool:
        async with app.database.unrestricted.session() as session:
            return await is_busy_hour(session, hour, now=app.clock.now())

    return CacheWarming(action, is_busy, app.clock)

"""The wiring of the consistency checks; without the application, so that `check` starts fast."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from fullhouse.booking.upkeep import invariants
from fullhouse.booking.upkeep.repairs import BookingRepairs
from fullhouse.jobs.kinds import RecurringJob
from fullhouse.kernel.clock import Clock
from fullhouse.people.account_messages import tell
from fullhouse.people.updates import locked_owners
from fullhouse.resilience import delivery
from fullhouse.resilience.consistency import Consistency, rules_of
from fullhouse.resilience.consistency_repair import RepairInconsistency
from fullhouse.resilience.consistency_watch import WatchConsistency, tell_nobody
from fullhouse.resilience.limits import CHECK_SECONDS
from fullhouse.resilience.metrics import ConsistencyMetrics
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory
from fullhouse.telemetry.metrics import MetricRegistry

RULES = rules_of(invariants.RULES, delivery.RULES)
"""Every part's rules."""


def build_consistency_checker(database: Database, clock: Clock) -> Consistency:
    """The engine with every part's rules."""
    return Consistency(database, clock, RULES)


def build_repairs() -> RepairInconsistency:
    """What repairs the records of these rules."""
    return RepairInconsistency(BookingRepairs(), {rule.name: rule for rule in RULES})


def build_consistency_watch(
    unit_of_work: UnitOfWorkFactory,
    metrics: MetricRegistry,
    *,
    tell_of: Callable[[UnitOfWork], Awaitable[None]] = tell_nobody,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> WatchConsistency:
    """The check that the worker runs continuously."""
    checker = build_consistency_checker(unit_of_work.database, unit_of_work.clock)
    return WatchConsistency(
        checker, unit_of_work, build_repairs(), metrics.get(ConsistencyMetrics), tell_of, sleep
    )


async def tell_owners(uow: UnitOfWork) -> None:
    """E-mail the owners that a booking needs to be repaired."""
    for owner in await locked_owners(uow.session, uow.org_id):
        await tell(uow, "data_inconsistent", owner, org_id=uow.org_id)


def consistency_jobs(watch: WatchConsistency) -> tuple[RecurringJob, ...]:
    """The recurring job of the watch."""

    async def check() -> None:
        await watch()

    return (RecurringJob("check consistency", check, every=timedelta(seconds=CHECK_SECONDS)),)

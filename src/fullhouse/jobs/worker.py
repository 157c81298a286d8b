"""The worker: consumer, relay and figures as one thing that runs and stops."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from fullhouse.jobs.consumer import Consumer
from fullhouse.jobs.effects import EffectBooks
from fullhouse.jobs.events import Subscriber
from fullhouse.jobs.kinds import JobKind, Schedule
from fullhouse.jobs.relay import Relay
from fullhouse.jobs.runner import EffectRunner
from fullhouse.jobs.rush import Rush
from fullhouse.jobs.upkeep import Measure, schedules_of_the_queue
from fullhouse.jobs.wakeups import Wakeups
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids
from fullhouse.storage.connection import Connect
from fullhouse.storage.database import Database
from fullhouse.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Work:
    """All there is to be done, listed by `bootstrap`."""

    kinds: Sequence[JobKind]
    schedules: Sequence[Schedule]
    subscribers: Sequence[Subscriber]


@dataclass(frozen=True, slots=True)
class Worker:
    """May be killed at any moment: what was in hand is taken up by another within 31 seconds."""

    consumer: Consumer
    relay: Relay
    rush: Rush
    measure: Measure

    async def run(self) -> None:
        """Work until stopped, and then until what is in hand has ended."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.consumer.run())
            group.create_task(self.relay.run())
            group.create_task(self.measure.run())

    def stop(self) -> None:
        self.rush.stop()
        self.consumer.stop()
        self.relay.stop()
        self.measure.stop()


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker works with. `connect` makes the two connections that it keeps to itself."""

    database: Database
    connect: Connect
    metrics: Metrics
    clock: Clock
    ids: Ids
    random: Random


def build_worker(work: Work, tools: Tools) -> Worker:
    """Assemble a worker; the queue's own schedules are added to those of `work`."""
    kinds = {kind.name: kind for kind in work.kinds}
    assert len(kinds) == len(work.kinds), "two kinds of job have the same name"
    rush = Rush(tools.clock)
    runner = EffectRunner(
        tools.database,
        EffectBooks(tools.database),
        rush,
        kinds,
        tools.metrics.jobs,
        clock=tools.clock,
        random=tools.random,
    )
    schedules = (*work.schedules, *schedules_of_the_queue(tools.database))
    return Worker(
        consumer=Consumer(tools.connect, runner, schedules, tools.ids),
        relay=Relay(
            tools.database,
            work.subscribers,
            Wakeups(tools.connect, rush.hear),
            rush,
            tools.metrics.relay,
        ),
        rush=rush,
        measure=Measure(tools.database, tools.metrics),
    )

"""The worker: relay, consumer, scheduler and metrics collector as one unit that runs and stops."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from fullhouse.jobs.consumer import Consumer
from fullhouse.jobs.events import Subscriber
from fullhouse.jobs.kinds import JobKind, RecurringJob
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import JobMetrics, RelayMetrics
from fullhouse.jobs.notifications import EFFECTS, NotificationListener
from fullhouse.jobs.recurring import Scheduler
from fullhouse.jobs.relay import Relay
from fullhouse.jobs.relayed_again import relayed_event_kind
from fullhouse.jobs.runner import EffectRunner
from fullhouse.jobs.store import EffectStore
from fullhouse.jobs.upkeep import QueueMetricsCollector, queue_upkeep
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids
from fullhouse.storage.connection import Connect
from fullhouse.storage.database import Database
from fullhouse.telemetry.metrics import MetricRegistry


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What a worker does, listed by `bootstrap`."""

    kinds: Sequence[JobKind]
    recurring: Sequence[RecurringJob]
    subscribers: Sequence[Subscriber]


@dataclass(frozen=True, slots=True)
class WorkerDependencies:
    """What a worker needs. `connect` makes the connection of its listener."""

    database: Database
    connect: Connect
    metrics: MetricRegistry
    clock: Clock
    ids: Ids
    random: Random


@dataclass(frozen=True, slots=True)
class Worker:
    """May be killed at any moment: its jobs are taken up within 31 seconds."""

    consumer: Consumer
    scheduler: Scheduler
    relay: Relay
    load: LoadMonitor
    collector: QueueMetricsCollector

    async def run(self) -> None:
        """Work until stopped, and then until all jobs under way have ended."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.consumer.run())
            group.create_task(self.scheduler.run())
            group.create_task(self.relay.run())
            group.create_task(self.collector.run())

    def stop(self) -> None:
        self.load.stop()
        self.consumer.stop()
        self.scheduler.stop()
        self.relay.stop()
        self.collector.stop()


def build_worker(config: WorkerConfig, dependencies: WorkerDependencies) -> Worker:
    """Assemble a worker; the queue's own recurring jobs are added to those of `config`."""
    database, metrics = dependencies.database, dependencies.metrics
    listed = (*config.kinds, relayed_event_kind(database, config.subscribers))
    kinds = {kind.name: kind for kind in listed}
    assert len(kinds) == len(listed), "two kinds of job have the same name"
    load = LoadMonitor(dependencies.clock)
    listener = NotificationListener(dependencies.connect, load.on_commit)
    store = EffectStore(database)
    runner = EffectRunner(
        store, kinds, metrics.get(JobMetrics), clock=dependencies.clock, random=dependencies.random
    )
    recurring = (*config.recurring, *queue_upkeep(database))
    return Worker(
        consumer=Consumer(store, runner, load, listener.waiter(EFFECTS)),
        scheduler=Scheduler(database, recurring, metrics.get(JobMetrics), dependencies.ids, load),
        relay=Relay(database, config.subscribers, listener, load, metrics.get(RelayMetrics)),
        load=load,
        collector=QueueMetricsCollector(database, metrics),
    )

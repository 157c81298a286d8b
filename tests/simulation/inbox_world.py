"""A provider sends webhooks twice, late and out of order; database, handler and workers fail.

Inbox, signatures, queue and units of work are the product's own. The provider and the SQL are
simulated.
"""

import asyncio
import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID

from tests.simulation.circuit_world import BrokenPromise, Weather
from tests.simulation.queue_worker import QueueWorker, kill_and_replace
from tests.simulation.simulated_database import SimulatedDatabase
from tests.simulation.simulated_inbox import InboxTables
from tests.simulation.virtual_loop import Simulation

from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.ids import OrgId, RandomIds
from fullhouse.resilience import inbox_replay
from fullhouse.resilience.errors import WebhookNotSigned
from fullhouse.resilience.inbox import Inbox, InboxProvider, WebhookToProcess
from fullhouse.resilience.metrics import InboxMetrics
from fullhouse.resilience.webhook_signatures import IncomingWebhook, standard_webhooks
from fullhouse.storage.errors import DatabaseUnavailable, OutcomeUnknown
from fullhouse.storage.sealing import Sealer, new_key
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory
from fullhouse.telemetry.metrics import MetricRegistry

ORG: Final = OrgId(UUID(int=1))
PROVIDER: Final = "payments"
EVENTS: Final = 4
TROUBLE_SECONDS: Final = 60.0
SETTLED_SECONDS: Final = 600.0
_METRICS: Final = MetricRegistry().get(InboxMetrics)
_KEYS: Final = (new_key(),)
_SEALER: Final = Sealer(lambda: _KEYS)
_SECRETS: Final = tuple("whsec_" + base64.b64encode(b"%d" % n * 24).decode() for n in range(2))
_UNREACHABLE: Final = (TransientError, OutcomeUnknown)


class HandlerIsWrong(Exception):
    """A fault of the handler, until it is mended."""


@dataclass(slots=True)
class InboxWorld:
    """The provider's events, and what came of them."""

    simulation: Simulation
    tables: InboxTables
    ids: RandomIds
    database: Weather
    handler: Weather
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, work: Coroutine[object, object, None]) -> None:
        self.tasks.append(self.simulation.loop.create_task(work))

    def reached(self) -> SimulatedDatabase:
        """The database, as another process reaches it."""
        return SimulatedDatabase(
            self.simulation, self.tables, lambda: self.database.at(self.simulation.loop.time())
        )

    def inbox(self, database: SimulatedDatabase) -> Inbox:
        provider = InboxProvider(PROVIDER, standard_webhooks, self.handle)
        unit_of_work = UnitOfWorkFactory(database, self.simulation.clock(), self.ids)
        return Inbox(unit_of_work, {PROVIDER: provider}, _SEALER, self.ids, _METRICS)

    def worker(self) -> QueueWorker:
        database = self.reached()
        kinds = (self.inbox(database).kind(),)
        return QueueWorker(self.simulation, database, kinds, watch=self.tasks.append)

    async def handle(self, uow: UnitOfWork, webhook: WebhookToProcess) -> bool:
        """Change a row of its own, and fail before or after that."""
        kind = self.handler.at(self.simulation.loop.time())
        await uow.session.execute("inbox.note_handled", event_id=webhook.event_id)
        await self.simulation.passes(0.0, 30.0 if kind == "slow" else 0.2)
        if kind == "wrong":
            raise HandlerIsWrong
        if kind == "busy":
            raise DatabaseUnavailable
        self.simulation.note(f"{webhook.event_id} is handled")
        return True

    def is_settled(self) -> bool:
        rows = self.tables.received.values()
        return len(rows) == EVENTS and all(row.status == "processed" for row in rows)

    def raise_what_was_broken(self) -> None:
        for task in self.tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error
        if max(Counter(self.tables.handled).values(), default=0) > 1 and not self.is_in_doubt():
            raise BrokenPromise("an event was handled twice")

    def is_in_doubt(self) -> bool:
        """Whether a transaction is under way, the rows of which may be taken back."""
        return self.tables.lock.locked()

    def each_was_handled_once(self) -> None:
        rows = self.tables.received.values()
        if sorted(row.event_id for row in rows) != [f"event-{n}" for n in range(EVENTS)]:
            raise BrokenPromise("not every event was stored once")
        if any(row.status != "processed" for row in rows):
            raise BrokenPromise("an event has not been processed")
        if Counter(self.tables.handled) != Counter(row.event_id for row in rows):
            raise BrokenPromise("not every event was handled once")
        if any(row.status in {"due", "leased", "dead"} for row in self.tables.effects.values()):
            raise BrokenPromise("a job is left")


async def inbox_world(simulation: Simulation) -> tuple[str, ...]:
    """The provider sends while everything fails in turn; what failed is processed anew at last."""
    world = world_of(simulation)
    for number in range(EVENTS):
        for _ in range(1 + simulation.happens(0.4)):
            world.start(_send(world, f"event-{number}"))
    world.start(_replace_secret(world))
    workers = [world.worker() for _ in range(2)]
    for worker in workers:
        worker.begin()
    if simulation.happens(0.5):
        world.start(
            kill_and_replace(workers[0], trouble_seconds=TROUBLE_SECONDS, another=world.worker)
        )
    until = TROUBLE_SECONDS + SETTLED_SECONDS
    while simulation.loop.time() < until and not world.is_settled():
        await asyncio.sleep(5.0)
        world.raise_what_was_broken()
        if simulation.happens(0.3):
            world.start(_process_anew(world))
    await asyncio.sleep(100.0)
    world.raise_what_was_broken()
    world.each_was_handled_once()
    return tuple(simulation.trace)


def world_of(simulation: Simulation) -> InboxWorld:
    chance, clock = simulation.chance, simulation.clock()
    ids = RandomIds(clock, Random(chance.randrange(1 << 32)))  # noqa: S311 - of a simulation
    kinds = ("fine", "shaky", "shaky", "away")
    return InboxWorld(
        simulation,
        InboxTables(clock, secret=_SEALER.seal(_SECRETS[0].encode())),
        ids,
        Weather.drawn(chance, kinds, TROUBLE_SECONDS, (2.0, 12.0)),
        Weather.drawn(chance, ("fine", "wrong", "busy", "slow"), TROUBLE_SECONDS, (5.0, 20.0)),
    )


async def _send(world: InboxWorld, event_id: str) -> None:
    """Send an event until it is answered; then the provider has forgotten it."""
    inbox, simulation = world.inbox(world.reached()), world.simulation
    await simulation.passes(0.0, TROUBLE_SECONDS)
    while True:
        secret = _SECRETS[simulation.chance.randrange(2) if world.tables.previous_secret else 0]
        if simulation.happens(0.2):
            await _send_forged(inbox, event_id, simulation)
        try:
            await inbox.receive(ORG, PROVIDER, signed(event_id, secret, simulation))
            break
        except WebhookNotSigned as error:
            raise BrokenPromise("a valid signature was refused") from error
        except _UNREACHABLE:
            await simulation.passes(1.0, 15.0)
    simulation.note(f"{event_id} is answered")
    if all(row.event_id != event_id for row in world.tables.received.values()):
        raise BrokenPromise("an event was answered and is not stored")


async def _send_forged(inbox: Inbox, event_id: str, simulation: Simulation) -> None:
    forged = signed(event_id, "whsec_" + base64.b64encode(b"x" * 24).decode(), simulation)
    try:
        await inbox.receive(ORG, PROVIDER, forged)
    except (WebhookNotSigned, *_UNREACHABLE):
        return
    raise BrokenPromise("an event of a stranger was taken")


async def _replace_secret(world: InboxWorld) -> None:
    """The business sets another secret; the provider still uses the one before now and then."""
    await world.simulation.passes(0.0, TROUBLE_SECONDS)
    inbox = world.inbox(SimulatedDatabase(world.simulation, world.tables, lambda: "fine"))
    async with inbox.unit_of_work(RequestContext(SYSTEM, world.ids.uuid()), ORG) as uow:
        await inbox.set_secret(uow, PROVIDER, _SECRETS[1])


async def _process_anew(world: InboxWorld) -> None:
    """As the operator does with what failed; two may do it at once."""
    failed = [row.webhook_id for row in world.tables.received.values() if row.status == "failed"]
    unit_of_work = world.inbox(world.reached()).unit_of_work
    with suppress(*_UNREACHABLE):
        async with unit_of_work(RequestContext(SYSTEM, world.ids.uuid()), ORG) as uow:
            await inbox_replay.replay(uow, failed)


def signed(event_id: str, secret: str, simulation: Simulation) -> IncomingWebhook:
    now = simulation.clock().now()
    body = b'{"about": "%s"}' % event_id.encode()
    seconds = b"%d" % int(now.timestamp())
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, b".".join((event_id.encode(), seconds, body)), hashlib.sha256).digest()
    headers = {
        b"webhook-id": event_id.encode(),
        b"webhook-timestamp": seconds,
        b"webhook-signature": b"v1," + base64.b64encode(mac),
    }
    return IncomingWebhook(headers, body, "https://farm.example/webhooks", now)

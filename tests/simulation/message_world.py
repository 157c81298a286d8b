"""A business's messages go by Make.com, acknowledged, with a mail server behind; everything fails.

Queue, jobs, gateway and breakers are the product's own. Make.com, the mail server, the network and
the SQL are simulated.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID

from msgspec import Struct
from tests.simulation.circuit_world import BrokenPromise, Weather
from tests.simulation.providers import (
    ACKNOWLEDGED_SECONDS,
    MAKE_MODES,
    Guests,
    SimulatedMailServer,
    SimulatedMake,
)
from tests.simulation.queue_worker import QueueWorker, kill_and_replace
from tests.simulation.simulated_database import ChannelRow, EffectRow, SimulatedDatabase, Tables
from tests.simulation.virtual_loop import EPOCH, Simulation
from typing_extensions import override

from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.concurrency.batcher import Batcher
from fullhouse.integrations.gateways import HttpGateway
from fullhouse.integrations.outbound import OutboundService
from fullhouse.integrations.smtp import is_mail_server_failure
from fullhouse.jobs.effects import Effect
from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.ids import OrgId, RandomIds
from fullhouse.messages.actions.acknowledge_message import Acknowledgement, AcknowledgeMessage
from fullhouse.messages.actions.hand_over_message import HandOverMessage
from fullhouse.messages.actions.prepare_message import PrepareMessage
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.composing import email_forms
from fullhouse.messages.limits import MESSAGES_PER_STATEMENT_MAX
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import (
    HAND_OVER,
    Message,
    MessageId,
    hand_over_key,
    message_id_of,
)
from fullhouse.messages.rendering import MessageRenderer
from fullhouse.messages.store import MessageContext, MessageStore, message_id_of_effect
from fullhouse.messages.upkeep import channel_kinds, message_kinds
from fullhouse.people.model import Organisation
from fullhouse.resilience.breakers import Breakers
from fullhouse.resilience.circuits import LocalCircuits
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWorkFactory
from fullhouse.telemetry.metrics import MetricRegistry

ORG: Final = OrgId(UUID(int=1))
MESSAGES: Final = 5
TROUBLE_SECONDS: Final = 90.0
SETTLED_SECONDS: Final = 600.0
"""From the end of all trouble: the longest wait between attempts, leases, and acknowledgements."""
ACKNOWLEDGE_MINUTES: Final = 2
_REGISTRY: Final = MetricRegistry()
_BUSINESS: Final = Organisation(
    ORG, "farm", "Farm", "", "farm@farm.example", "", "en-GB", "GBP", None, None, EPOCH
)
_SIGNER: Final = LinkSigner(b"0" * 32)


class StoredMessages(MessageStore):
    """The product's store, but for what it reads of bookings: these are rendered already."""

    def __init__(self, database: SimulatedDatabase) -> None:
        self._database = database
        self.load = Batcher(self._load, MESSAGES_PER_STATEMENT_MAX)
        self.record = Batcher(self._record, MESSAGES_PER_STATEMENT_MAX)

    @override
    async def _load(self, effects: Sequence[Effect]) -> list[MessageContext]:
        async with self._database.session():
            pass
        messages = self._database.tables.messages  # type: ignore[attr-defined]  # the simulated one
        return [
            MessageContext(None, _BUSINESS, None, messages[message_id_of_effect(effect)])
            for effect in effects
        ]


class SimulatedWorker(QueueWorker):
    """Hands messages over and sends them."""

    def __init__(self, world: "MessageWorld", make: SimulatedMake) -> None:
        simulation = world.simulation
        clock = simulation.clock()
        database = SimulatedDatabase(simulation, world.tables, world.database_weather)
        breakers = Breakers(world.circuits, clock, _REGISTRY.get(CircuitMetrics))
        mail_breaker = breakers.of("mail-server")
        mail = OutboundService(
            mail_breaker, breakers.metrics, seconds_max=10.0, is_failure=is_mail_server_failure
        )
        urls = SignedUrls(_SIGNER, "https://farm.example")
        unit_of_work = UnitOfWorkFactory(database, clock, world.ids)
        prepare = PrepareMessage(
            StoredMessages(database),
            MessageRenderer(urls, "farm@farm.example", email_forms()),
            unit_of_work,
            _REGISTRY.get(MessageMetrics),
        )
        hand_over = HandOverMessage(
            prepare,
            HttpGateway(make, breakers, breakers.metrics),
            unit_of_work,
            Sealer(lambda: ()),
            urls,
            has_mail_server=True,
        )
        send = SendMessage(prepare, SimulatedMailServer(world.guests, world.mail_weather, mail))
        listed = (
            channel_kinds(hand_over, hand_over, has_mail_server=True)[0],  # type: ignore[arg-type]  # no test is sent
            *message_kinds(send, is_held=mail_breaker.is_held),
        )
        super().__init__(simulation, database, listed, watch=world.tasks.append)
        self._breakers = breakers

    @override
    async def look_around(self) -> None:
        await self._breakers.refresh()


@dataclass(slots=True)
class MessageWorld:
    """The business, its providers and its workers."""

    simulation: Simulation
    tables: Tables
    ids: RandomIds
    circuits: LocalCircuits
    guests: Guests
    make: Weather
    mail: Weather
    database: Weather
    web: UnitOfWorkFactory
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, work: Coroutine[object, object, None]) -> None:
        self.tasks.append(self.simulation.loop.create_task(work))

    async def acknowledge(self, message_id: MessageId, said: Acknowledgement) -> bool:
        """As Make.com does over HTTP; False when it has to ask again."""
        try:
            async with self.web(RequestContext(SYSTEM, self.ids.uuid()), ORG) as uow:
                await AcknowledgeMessage()(uow, message_id, said)
        except (TransientError, OutcomeUnknown):
            return False
        return True

    def make_weather(self) -> str:
        return self.make.at(self.simulation.loop.time())

    def mail_weather(self) -> str:
        return self.mail.at(self.simulation.loop.time())

    def database_weather(self) -> str:
        return self.database.at(self.simulation.loop.time())

    def raise_what_was_broken(self) -> None:
        # Not raised where it happens: the queue would take it for the failure of a job
        if self.guests.has_heard_twice:
            raise BrokenPromise("a guest has heard the same twice")
        for task in self.tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    def is_settled(self) -> bool:
        rows = self.tables.effects.values()
        return len(self.tables.messages) == MESSAGES and all(
            row.status == "completed" for row in rows
        )

    def all_were_heard(self) -> None:
        for message in self.tables.messages.values():
            if message.status != "sent" or not self.guests.ways[message.message_id]:
                raise BrokenPromise(f"a message is {message.status} in the end")
        if any(row.status != "completed" for row in self.tables.effects.values()):
            raise BrokenPromise("a job has not ended")


class MessageFigures(Struct, frozen=True):
    """What came of a run."""

    trace: tuple[str, ...]
    calls: int
    """Of Make.com."""


async def message_world(simulation: Simulation) -> MessageFigures:
    """Guests book while everything fails in turn; then all is well, and everybody has heard."""
    world = _world(simulation)
    make = SimulatedMake(world.guests, world.make_weather, world.acknowledge, world.start)
    world.start(_bookings(world))
    workers = [SimulatedWorker(world, make) for _ in range(2)]
    for worker in workers:
        worker.begin()
    if simulation.happens(0.5):
        world.start(
            kill_and_replace(
                workers[0],
                trouble_seconds=TROUBLE_SECONDS,
                another=lambda: SimulatedWorker(world, make),
            )
        )
    until = TROUBLE_SECONDS + SETTLED_SECONDS
    while simulation.loop.time() < until and not world.is_settled():
        await asyncio.sleep(2.0)
        world.raise_what_was_broken()
    await asyncio.sleep(sum(ACKNOWLEDGED_SECONDS))
    world.raise_what_was_broken()
    world.all_were_heard()
    return MessageFigures(tuple(simulation.trace), make.calls)


def _world(simulation: Simulation) -> MessageWorld:
    chance = simulation.chance
    clock = simulation.clock()
    tables = Tables(clock, channel=ChannelRow(ORG, "make", ACKNOWLEDGE_MINUTES))
    ids = RandomIds(clock, Random(chance.randrange(1 << 32)))  # noqa: S311 - of a simulation
    world = MessageWorld(
        simulation,
        tables,
        ids,
        LocalCircuits(simulation.clock()),
        Guests(simulation),
        Weather.drawn(chance, MAKE_MODES, TROUBLE_SECONDS, (2.0, 20.0)),
        Weather.drawn(chance, ("fine", "fine", "down", "reset", "silent"), TROUBLE_SECONDS),
        Weather.drawn(chance, ("fine", "shaky", "shaky", "away"), TROUBLE_SECONDS, (2.0, 12.0)),
        web=UnitOfWorkFactory(SimulatedDatabase(simulation, tables, lambda: "fine"), clock, ids),
    )
    web = SimulatedDatabase(simulation, tables, world.database_weather)
    world.web = UnitOfWorkFactory(web, clock, ids)
    return world


async def _bookings(world: MessageWorld) -> None:
    """Book now and then: message and job are there together, as the relay writes them."""
    for seq in range(1, MESSAGES + 1):
        await world.simulation.passes(0.0, 1.8 * TROUBLE_SECONDS / MESSAGES)
        async with world.tables.lock:
            _book(world, seq)


def _book(world: MessageWorld, seq: int) -> None:
    now, tables = world.tables.clock.now(), world.tables
    message = Message(
        ORG,
        message_id_of(ORG, seq),
        "confirmation",
        UUID(int=seq),
        seq,
        f"guest-{seq}@mail.example",
        None,
        "Booked",
        "Booked",
        "",
        None,
        "",
        "due",
        now,
        None,
        "",
    )
    tables.messages[message.message_id] = message
    key = hand_over_key(seq)
    payload = {"event_seq": seq}
    tables.effects[key] = EffectRow(
        ORG, key, HAND_OVER, UUID(int=seq), payload, UUID(int=seq), "due", now
    )
    tables.changed.set()

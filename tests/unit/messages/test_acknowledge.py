"""What a gateway's word does to a message and to the job that waits behind it."""

from datetime import timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest
from structlog.testing import capture_logs
from tests.simulation.simulated_database import ChannelRow, EffectRow, SimulatedDatabase, Tables
from tests.simulation.virtual_loop import EPOCH, Simulation, VirtualClock, simulate

from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.ids import OrgId, RandomIds
from fullhouse.messages.actions.acknowledge_message import Acknowledgement, AcknowledgeMessage
from fullhouse.messages.errors import UnknownMessage
from fullhouse.messages.model import Message, MessageId, effect_key
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

ORG, ID, TEST = OrgId(UUID(int=1)), UUID(int=2), UUID(int=9)
LATER = EPOCH + timedelta(minutes=10)
MESSAGE = Message(
    ORG, ID, "confirmation", UUID(int=3), 7, "ada@farm.example", None, "", "", "", None, "",
    "handed_over", EPOCH, None, "", route="make",
)  # fmt: skip


def acknowledged(
    said: Acknowledgement, *, message_id: UUID = ID, message: Message = MESSAGE
) -> Tables:
    """The tables after the word about a message whose e-mail waits for its time."""

    async def world(simulation: Simulation) -> Tables:
        tables = Tables(VirtualClock(simulation.loop), channel=ChannelRow(ORG, "make", 10))
        assert tables.channel is not None
        tables.channel = msgspec.structs.replace(tables.channel, test_id=TEST)
        tables.messages[ID] = message
        key = effect_key(7)
        tables.effects[key] = EffectRow(ORG, key, "message", ID, {}, ID, "due", LATER)
        ids = RandomIds(tables.clock, Random(1))  # noqa: S311 - the same ids in every run
        database = SimulatedDatabase(simulation, tables, lambda: "fine")
        unit_of_work = UnitOfWorkFactory(database, tables.clock, ids)
        async with unit_of_work(RequestContext(SYSTEM, ID), ORG) as uow:
            await AcknowledgeMessage()(uow, MessageId(message_id), said)
        return tables

    return simulate(1, world)


def test_what_has_arrived_is_sent_and_nothing_is_brought_forward() -> None:
    tables = acknowledged(Acknowledgement(is_delivered=True))
    assert tables.messages[ID].status == "sent"
    assert tables.effects[effect_key(7)].due_at == LATER


def test_what_has_not_arrived_goes_by_the_mail_server_now() -> None:
    tables = acknowledged(Acknowledgement(is_delivered=False, detail="No such mailbox."))
    assert (tables.messages[ID].status, tables.messages[ID].route) == ("due", "smtp")
    assert tables.messages[ID].last_error == "No such mailbox."
    assert tables.effects[effect_key(7)].due_at < EPOCH + timedelta(minutes=1)


def test_a_test_is_acknowledged_when_it_has_arrived() -> None:
    tables = acknowledged(Acknowledgement(is_delivered=True), message_id=TEST)
    assert tables.channel is not None
    assert tables.channel.test_acknowledged_at is not None
    tables = acknowledged(Acknowledgement(is_delivered=False), message_id=TEST)
    assert tables.channel is not None
    assert tables.channel.test_acknowledged_at is None


def test_the_word_about_nothing_is_refused() -> None:
    with pytest.raises(UnknownMessage):
        acknowledged(Acknowledgement(is_delivered=True), message_id=UUID(int=77))


@pytest.mark.parametrize(("route", "late"), [("smtp", True), ("make", False), ("sms", False)])
def test_a_word_that_comes_after_the_mail_server_is_late(route: str, *, late: bool) -> None:
    message = msgspec.convert({**msgspec.structs.asdict(MESSAGE), "route": route}, Message)
    with capture_logs() as logs:
        acknowledged(Acknowledgement(is_delivered=True), message=message)
    (line,) = [one for one in logs if one["event"] == "channels.acknowledged"]
    assert line["is_late"] is late

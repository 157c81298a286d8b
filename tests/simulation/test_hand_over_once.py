"""One hand-over at a time: of an SMS, to an invented address, and without a channel."""

from typing import Literal
from uuid import UUID

import msgspec
import pytest
from tests.simulation.circuit_world import Weather
from tests.simulation.message_world import ORG, SimulatedWorker, _book, _world
from tests.simulation.providers import SimulatedMake
from tests.simulation.simulated_database import ChannelRow
from tests.simulation.virtual_loop import Simulation, simulate

from fullhouse.jobs.effects import Effect
from fullhouse.messages.errors import GatewayUnavailable
from fullhouse.messages.model import HAND_OVER, Message, effect_key, message_id_of
from fullhouse.people.model.contact import INVENTED_DOMAIN


def handed_over(
    mode: str,
    *,
    channel: Literal["email", "sms"] = "email",
    recipient: str = "ada@farm.example",
    row: ChannelRow | None = None,
) -> tuple[Message, int, bool]:
    """The message after one attempt, the calls of the gateway, and whether an e-mail waits."""

    async def world_of(simulation: Simulation) -> tuple[Message, int, bool]:
        world = _world(simulation)
        world.make = Weather(((1e9, mode),))
        world.database = Weather(())
        world.tables.channel = row
        make = SimulatedMake(world.guests, world.make_weather, world.acknowledge, world.start)
        worker = SimulatedWorker(world, make)
        _book(world, 1)
        key = message_id_of(ORG, 1, channel)
        (message,) = world.tables.messages.values()
        changed = msgspec.structs.replace(
            message, message_id=key, channel=channel, recipient=recipient
        )
        world.tables.messages = {key: changed}
        payload = {"event_seq": 1, "channel": channel}
        effect = Effect(ORG, "hand_over/1", HAND_OVER, UUID(int=1), payload, UUID(int=1), 1, 1)
        try:
            await worker.kinds[HAND_OVER].run(effect)
        except GatewayUnavailable:
            simulation.note("another attempt is due")
        return world.tables.messages[key], make.calls, effect_key(1) in world.tables.effects

    return simulate(1, world_of)


MAKE, SMS = ChannelRow(ORG, "make", 2), ChannelRow(ORG, "sms", 0)


@pytest.mark.parametrize(
    ("mode", "status", "route"),
    [("fine", "sent", "sms"), ("full", "undeliverable", ""), ("down", "due", "")],
)
def test_an_sms_has_only_its_gateway(mode: str, status: str, route: str) -> None:
    message, calls, waits = handed_over(mode, channel="sms", recipient="+4915112345", row=SMS)
    assert (message.status, message.route, calls, waits) == (status, route, 1, False)


@pytest.mark.parametrize(
    ("mode", "status", "route", "waits"),
    [
        ("fine", "handed_over", "make", True),
        ("gone", "due", "smtp", True),
        ("down", "due", "", False),
    ],
)
def test_an_email_has_the_mail_server_behind_it(
    mode: str, status: str, route: str, *, waits: bool
) -> None:
    message, calls, found = handed_over(mode, row=MAKE)
    assert (message.status, message.route, calls, found) == (status, route, 1, waits)


def test_nobody_is_called_for_an_invented_address() -> None:
    message, calls, waits = handed_over("fine", recipient=f"ada@{INVENTED_DOMAIN}", row=MAKE)
    assert (message.status, calls, waits) == ("stored", 0, False)


def test_without_a_channel_an_email_goes_by_mail_and_an_sms_nowhere() -> None:
    message, calls, waits = handed_over("fine")
    assert (message.status, message.route, calls, waits) == ("due", "smtp", 0, True)
    message, calls, waits = handed_over("fine", channel="sms", recipient="+4915112345")
    assert (message.status, calls, waits) == ("discarded", 0, False)

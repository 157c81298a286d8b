"""One hand-over at a time: of an SMS, to an invented address, and without a channel."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
import pytest
from tests.simulation.circuit_world import Weather
from tests.simulation.message_world import ORG, SimulatedWorker, _book, _world
from tests.simulation.providers import SimulatedMake
from tests.simulation.simulated_database import ChannelRow
from tests.simulation.virtual_loop import EPOCH, Simulation, simulate

from fullhouse.jobs.effects import Effect
from fullhouse.messages.errors import GatewayUnavailable
from fullhouse.messages.limits import CHANNEL_ATTEMPTS_MAX
from fullhouse.messages.model import HAND_OVER, Message, effect_key, message_id_of
from fullhouse.messages.model.channels import breaker_name
from fullhouse.people.model.contact import INVENTED_DOMAIN
from fullhouse.resilience.circuits import Circuit


class HandedOver(NamedTuple):
    """What came of one attempt."""

    message: Message
    bodies: Sequence[bytes]
    """What the gateway was sent."""
    email_in_minutes: float | None
    """When the mail server's turn comes, if it does."""
    channel: ChannelRow | None
    again_in_seconds: int | None
    """When another attempt is due, if one is."""

    @property
    def calls(self) -> int:
        return len(self.bodies)

    @property
    def waits(self) -> bool:
        return self.email_in_minutes is not None


def handed_over(
    mode: str,
    *,
    channel: Literal["email", "sms"] = "email",
    recipient: str = "ada@farm.example",
    row: ChannelRow | None = None,
    tries: int = 1,
    is_open: bool = False,
) -> HandedOver:
    """One attempt at a message; `is_open` is the circuit of the gateway."""

    async def world_of(simulation: Simulation) -> HandedOver:
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
        if is_open:
            name = breaker_name(ORG, "sms" if channel == "sms" else "make")
            assert await world.circuits.change(Circuit(name, is_open=True, hold_seconds=600))
            await worker.look_around()
        payload = {"event_seq": 1, "channel": channel}
        effect = Effect(
            ORG, "hand_over/1", HAND_OVER, UUID(int=1), payload, UUID(int=1), tries, tries
        )
        again, began = None, world.tables.clock.now()
        try:
            await worker.kinds[HAND_OVER].run(effect)
        except GatewayUnavailable as error:
            again = error.retry_after_seconds
        waiting = world.tables.effects.get(effect_key(1))
        minutes = None if waiting is None else (waiting.due_at - began) / timedelta(minutes=1)
        return HandedOver(
            world.tables.messages[key], make.bodies, minutes, world.tables.channel, again
        )

    return simulate(1, world_of)


MAKE, SMS = ChannelRow(ORG, "make", 2), ChannelRow(ORG, "sms", 0)


@pytest.mark.parametrize(
    ("mode", "status", "route"),
    [("fine", "sent", "sms"), ("full", "undeliverable", ""), ("down", "due", "")],
)
def test_an_sms_has_only_its_gateway(mode: str, status: str, route: str) -> None:
    came = handed_over(mode, channel="sms", recipient="+4915112345", row=SMS)
    assert (came.message.status, came.message.route, came.waits) == (status, route, False)
    (body,) = came.bodies
    assert msgspec.json.decode(body)["to"] == "+4915112345"


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
    came = handed_over(mode, row=MAKE)
    assert (came.message.status, came.message.route, came.waits) == (status, route, waits)
    (body,) = came.bodies
    assert msgspec.json.decode(body)["recipient"] == "ada@farm.example"


def test_nobody_is_called_for_an_invented_address() -> None:
    came = handed_over("fine", recipient=f"ada@{INVENTED_DOMAIN}", row=MAKE)
    assert (came.message.status, came.calls, came.waits) == ("stored", 0, False)


def test_without_a_channel_an_email_goes_by_mail_and_an_sms_nowhere() -> None:
    came = handed_over("fine")
    assert (came.message.status, came.message.route, came.calls) == ("due", "smtp", 0)
    assert came.email_in_minutes == pytest.approx(0.0, abs=0.1), "at once"
    came = handed_over("fine", channel="sms", recipient="+4915112345")
    assert (came.message.status, came.calls, came.waits) == ("discarded", 0, False)


def test_the_mail_server_waits_as_long_as_the_business_has_chosen() -> None:
    came = handed_over("fine", row=MAKE)
    assert came.email_in_minutes == pytest.approx(2.0, abs=0.1)
    came = handed_over("gone", row=MAKE)
    assert came.email_in_minutes == pytest.approx(0.0, abs=0.1), "nobody will acknowledge it"


def test_an_open_circuit_is_no_failure_of_the_channel_and_sends_by_mail_at_once() -> None:
    came = handed_over("fine", row=MAKE, is_open=True)
    assert (came.calls, came.message.route, came.waits) == (0, "smtp", True)
    assert came.channel is not None
    assert came.channel.failure == "", "what it said last is of a call that was made"


@pytest.mark.parametrize(
    ("mode", "tries", "is_failing"),
    [
        ("down", 1, False),
        ("down", CHANNEL_ATTEMPTS_MAX, True),
        ("gone", 1, True),
        ("full", CHANNEL_ATTEMPTS_MAX, False),
    ],
)
def test_a_channel_fails_once_its_attempts_are_used_up(
    mode: str, tries: int, *, is_failing: bool
) -> None:
    row = SMS if mode == "full" else MAKE  # where 400 is about the message
    came = handed_over(mode, row=row, channel="sms" if row is SMS else "email", tries=tries)
    assert came.channel is not None
    assert (came.channel.failing_since is not None) is is_failing
    assert came.channel.failure


def test_a_channel_that_takes_a_message_has_recovered() -> None:
    came = handed_over("fine", row=msgspec.structs.replace(MAKE, failing_since=EPOCH))
    assert came.channel is not None
    assert came.channel.failing_since is None
    came = handed_over("fine", row=MAKE)
    assert came.channel is not None
    assert came.channel.failing_since is None


@pytest.mark.parametrize(("mode", "seconds"), [("down", 1), ("limited", 2)])
def test_another_attempt_is_due_when_the_gateway_says(mode: str, seconds: int) -> None:
    assert handed_over(mode, row=MAKE).again_in_seconds == seconds

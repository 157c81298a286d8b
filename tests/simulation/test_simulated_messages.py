"""Every guest hears once, in every order and however Make.com, mail server and database fail."""

from collections.abc import Callable

import pytest
from tests.simulation.circuit_world import BrokenPromise
from tests.simulation.message_world import message_world
from tests.simulation.virtual_loop import simulate, simulate_all

from fullhouse.messages.actions import hand_over_message
from fullhouse.messages.actions.hand_over_message import HandOverMessage
from fullhouse.messages.model import Message
from fullhouse.messages.model.channels import GatewayAnswer, OpenChannel
from fullhouse.messages.store import MessageStore


@pytest.mark.timeout(300)
def test_every_guest_hears_once_in_every_order() -> None:
    simulate_all(1_000, message_world)


def test_the_same_seed_gives_the_same_messages() -> None:
    assert simulate(5, message_world) == simulate(5, message_world)


def hand_over_what_was_left_to_the_mail_server(patch: pytest.MonkeyPatch) -> None:
    def is_handed_over(message: Message) -> bool:
        return message.status == "handed_over"

    patch.setattr(hand_over_message, "has_gone_on", is_handed_over)


def keep_what_was_not_acknowledged(patch: pytest.MonkeyPatch) -> None:
    async def claim_nothing(_self: MessageStore, _message: Message) -> bool:
        return False

    patch.setattr(MessageStore, "claim", claim_nothing)


def call_again_after_a_lost_answer(patch: pytest.MonkeyPatch) -> None:
    async def begin_again(_self: HandOverMessage, _message: Message) -> bool:
        return True

    patch.setattr(HandOverMessage, "_begin", begin_again)


def repeat_what_may_have_been_taken(patch: pytest.MonkeyPatch) -> None:
    def is_accepted(_channel: OpenChannel, answer: GatewayAnswer) -> bool:
        return answer.verdict == "accepted"

    patch.setattr(hand_over_message, "is_taken", is_accepted)


def wait_for_no_acknowledgement(patch: pytest.MonkeyPatch) -> None:
    async def forget(*_: object, **__: object) -> None:
        return

    patch.setattr(hand_over_message, "_enqueue_email", forget)


def acknowledge_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tests.simulation.providers.ACKNOWLEDGED_SECONDS", (130.0, 140.0))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "plant",
    [
        hand_over_what_was_left_to_the_mail_server,
        keep_what_was_not_acknowledged,
        call_again_after_a_lost_answer,
        repeat_what_may_have_been_taken,
        wait_for_no_acknowledgement,
        acknowledge_nothing,
    ],
)
def test_a_planted_loss_or_repetition_is_found(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises(BrokenPromise) as found:
        simulate_all(1_500, message_world)
    assert found.value.__notes__[0].startswith("Seed ")

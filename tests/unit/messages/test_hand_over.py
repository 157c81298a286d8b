"""What becomes of a message by what its gateway answers."""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import msgspec
import pytest

from fullhouse.kernel.ids import OrgId
from fullhouse.messages.actions.hand_over_message import (
    channel_for,
    has_another_way,
    has_gone_on,
    is_awaited,
    is_taken,
    is_used_up,
)
from fullhouse.messages.model import Message
from fullhouse.messages.model.channels import GatewayAnswer, OpenChannel, Verdict

ORG = OrgId(UUID(int=1))
AT = datetime(2027, 6, 12, tzinfo=UTC)
EMAIL = Message(
    ORG, UUID(int=2), "confirmation", UUID(int=3), 7, "ada@farm.example", None, "", "", "", None,
    "", "due", AT, None, "",
)  # fmt: skip
SMS = msgspec.structs.replace(EMAIL, channel="sms")


def a_channel(name: Literal["make", "sms"], minutes: int) -> OpenChannel:
    return OpenChannel(ORG, name, "https://hook.example", None, minutes, None, None)


@pytest.mark.parametrize(
    ("name", "minutes", "awaited"),
    [("make", 10, True), ("make", 1, True), ("make", 0, False), ("sms", 10, False)],
)
def test_only_make_acknowledges_and_only_where_it_is_waited_for(
    name: Literal["make", "sms"], minutes: int, *, awaited: bool
) -> None:
    assert is_awaited(a_channel(name, minutes)) is awaited


@pytest.mark.parametrize(
    ("verdict", "awaited", "not_awaited"),
    [
        ("accepted", True, True),
        ("unknown", True, False),
        ("unavailable", False, False),
        ("rejected", False, False),
        ("refused", False, False),
    ],
)
def test_what_may_have_been_taken_is_where_it_is_acknowledged(
    verdict: Verdict, *, awaited: bool, not_awaited: bool
) -> None:
    answer = GatewayAnswer(verdict, "")
    assert is_taken(a_channel("make", 10), answer) is awaited
    assert is_taken(a_channel("make", 0), answer) is not_awaited
    assert is_taken(a_channel("sms", 10), answer) is not_awaited


@pytest.mark.parametrize(
    ("verdict", "tries", "used_up"),
    [
        ("refused", 1, True),
        ("unavailable", 2, False),
        ("unavailable", 3, True),
        ("unavailable", 4, True),
        ("unknown", 1, False),
    ],
)
def test_a_gateway_gets_three_attempts_unless_it_refuses(
    verdict: Verdict, tries: int, *, used_up: bool
) -> None:
    assert is_used_up(GatewayAnswer(verdict, ""), tries=tries) is used_up


@pytest.mark.parametrize(
    ("verdict", "is_tried", "goes"),
    [
        ("unavailable", True, True),
        ("unavailable", False, False),
        ("refused", True, True),
        ("rejected", False, True),
    ],
)
def test_an_email_goes_by_the_mail_server_and_an_sms_does_not(
    verdict: Verdict, *, is_tried: bool, goes: bool
) -> None:
    answer = GatewayAnswer(verdict, "")
    assert has_another_way(EMAIL, answer, is_tried=is_tried) is goes
    assert not has_another_way(SMS, answer, is_tried=is_tried)


def test_what_has_a_way_takes_no_second_one() -> None:
    replace = msgspec.structs.replace
    assert not has_gone_on(EMAIL)
    assert not has_gone_on(replace(EMAIL, route="make")), "it may have been taken, or not"
    assert has_gone_on(replace(EMAIL, route="smtp"))
    assert has_gone_on(replace(EMAIL, status="handed_over", route="make"))


def test_each_message_has_its_gateway() -> None:
    assert channel_for(EMAIL) == "make"
    assert channel_for(SMS) == "sms"

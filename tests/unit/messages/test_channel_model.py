"""What a gateway is sent, and what a business may set."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import utc_english
from fullhouse.messages.limits import (
    CHANNEL_KEY_CHARACTERS_MAX,
    CHANNEL_MESSAGES_PER_SECOND,
    SMS_CHARACTERS_MAX,
)
from fullhouse.messages.model import (
    Email,
    InlineImage,
    Message,
    MessageChannel,
    MessageId,
    is_limited,
)
from fullhouse.messages.model.channel_texts import way_text
from fullhouse.messages.model.channels import (
    SMS_KINDS,
    TURN,
    GatewayAnswer,
    breaker_name,
    channel_key,
    is_sms_number,
    make_body,
    sms_body,
    sms_kinds,
    sms_text,
)
from fullhouse.people.model import Organisation

ORG = OrgId(UUID(int=1))
AT = datetime(2027, 6, 12, tzinfo=UTC)
FARM = Organisation(ORG, "farm", "Farm", "", "farm@farm.example", "", "en", "GBP", None, None, AT)
URL = "https://farm.example/b/K7QF2M9D"
ROOM = SMS_CHARACTERS_MAX - len(URL) - 1
"""What can be said before the link, with a space."""


def an_email(**other: object) -> Email:
    email = Email(
        message_id=MessageId(UUID(int=2)),
        recipient="ada@mail.example",
        subject="Booked",
        text="See you.",
        html="<p>See you.</p>",
        calendar=None,
        sender_name="Farm",
        reply_to="farm@farm.example",
    )
    return msgspec.structs.replace(email, **other)


def sent(email: Email, about: Message | None = None) -> dict[str, object]:
    body = make_body(email, FARM, about=about, acknowledge_url="https://farm.example/ack")
    decoded = msgspec.json.decode(body)
    assert isinstance(decoded, dict)
    return decoded


def test_sms_of_guests_and_of_time_are_counted_and_those_of_staff_and_of_closures_are_not() -> None:
    assert is_limited("guest", {}, "sms")
    assert is_limited("system", {"reminder": "two_days"}, "sms")
    assert not is_limited("system", {"reminder": "two_days"}, "email")
    channels: tuple[MessageChannel, ...] = ("sms", "email")
    for channel in channels:
        assert not is_limited("account:1", {}, channel)
        assert not is_limited("system", {"closure_id": "1"}, channel)


def test_an_email_is_sent_as_it_is() -> None:
    body = sent(an_email(unsubscribe_url="https://farm.example/u"))
    assert body == {
        "message_id": str(UUID(int=2)),
        "dedupe_key": str(UUID(int=2)),
        "kind": "test",
        "subject_id": None,
        "sequence": 0,
        "organisation": "farm",
        "sender_name": "Farm",
        "reply_to": "farm@farm.example",
        "recipient": "ada@mail.example",
        "subject": "Booked",
        "text": "See you.",
        "html": "<p>See you.</p>",
        "attachments": [],
        "acknowledge_url": "https://farm.example/ack",
        "unsubscribe_url": "https://farm.example/u",
    }


ABOUT = Message(
    ORG, MessageId(UUID(int=2)), "confirmation", UUID(int=3), 7, "ada@mail.example", None, "",
    "", "", None, "", "due", AT, None, "",
)  # fmt: skip


def test_a_message_says_what_it_is_about() -> None:
    body = sent(an_email(), ABOUT)
    assert (body["kind"], body["subject_id"], body["sequence"]) == (
        "confirmation",
        str(UUID(int=3)),
        7,
    )


def test_a_late_report_is_shown_beside_what_the_mail_server_had_sent() -> None:
    assert not way_text(ABOUT, utc_english())
    sent_at = datetime(2027, 6, 1, 8, 0, tzinfo=UTC)
    taken = msgspec.structs.replace(ABOUT, status="sent", route="smtp", sent_at=sent_at)
    late = msgspec.structs.replace(taken, acknowledged_at=sent_at + timedelta(minutes=9))
    said = [way_text(each, utc_english()).replace("\xa0", " ") for each in (taken, late)]
    assert said == [
        "Mail server: sent Tue, 1 Jun, 8:00 am UTC.",
        "Mail server: sent Tue, 1 Jun, 8:00 am UTC. Reported as delivered Tue, 1 Jun, 8:09 am UTC.",
    ]


def test_pictures_and_calendar_are_attached() -> None:
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
    images = (InlineImage("qr@farm", lambda: b"PNG"),)
    body = sent(an_email(images=images, calendar=calendar))
    assert body["attachments"] == [
        {
            "filename": "qr.png",
            "content_type": "image/png",
            "content_id": "qr@farm",
            "data": base64.b64encode(b"PNG").decode(),
        },
        {
            "filename": "booking.ics",
            "content_type": "text/calendar; charset=utf-8; method=CANCEL",
            "content_id": "",
            "data": base64.b64encode(calendar.encode()).decode(),
        },
    ]


def test_an_sms_is_sent_with_its_reference() -> None:
    body = sms_body("+4915112345", "Hello", message_id=UUID(int=2), acknowledge_url=URL)
    assert msgspec.json.decode(body) == {
        "to": "+4915112345",
        "text": "Hello",
        "reference": str(UUID(int=2)),
        "acknowledge_url": URL,
    }


def test_an_sms_says_who_and_what_and_ends_with_the_link() -> None:
    assert sms_text("Farm", ("Booked.", "", "See you."), URL) == f"Farm: Booked. See you. {URL}"


@pytest.mark.parametrize(("extra", "is_cut"), [(-1, False), (0, False), (1, True), (50, True)])
def test_a_long_sms_is_cut_before_its_link(extra: int, *, is_cut: bool) -> None:
    sentence = "x" * (ROOM - len("Farm: ") + extra)
    text = sms_text("Farm", (sentence,), URL)
    said, _, url = text.rpartition(" ")
    assert url == URL
    assert said.endswith("…") is is_cut
    assert len(said) == min(ROOM, ROOM + extra)


def test_no_space_stands_before_the_ellipsis() -> None:
    sentence = "x" * (ROOM - len("Farm: ") - 2) + " yyyyy"
    assert sms_text("Farm", (sentence,), URL) == f"Farm: {'x' * (ROOM - 8)}… {URL}"


def test_a_gateway_gets_so_many_messages_a_second_and_waits_for_none() -> None:
    assert timedelta(seconds=1) == TURN * CHANNEL_MESSAGES_PER_SECOND
    assert GatewayAnswer("unavailable", "").retry_after_seconds == 0


@pytest.mark.parametrize(
    ("phone", "is_number"),
    [
        ("+4915112345", True),
        ("+449098790000", False),
        ("+498001234567", True),
        ("+x915112345", False),
        ("4915112345", False),
        ("+49 151", False),
        ("+", False),
        ("", False),
    ],
)
def test_only_whole_numbers_get_an_sms(phone: str, *, is_number: bool) -> None:
    assert is_sms_number(phone) is is_number


def test_a_key_is_what_can_stand_in_a_header() -> None:
    longest = "k" * CHANNEL_KEY_CHARACTERS_MAX
    assert channel_key(f" {longest}\n") == longest
    assert channel_key("") == ""


@pytest.mark.parametrize("text", ["k" * (CHANNEL_KEY_CHARACTERS_MAX + 1), "schlüssel", "a\nb"])
def test_another_key_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(InvalidInput, match=f"at most {CHANNEL_KEY_CHARACTERS_MAX}") as refused:
        channel_key(text)
    assert refused.value.field == "key"


@pytest.mark.parametrize(
    ("given", "kept"), [((), ()), (SMS_KINDS, SMS_KINDS), (SMS_KINDS[:1] * 2, SMS_KINDS[:1])]
)
def test_kinds_of_sms_are_kept_once(given: Sequence[str], kept: Sequence[str]) -> None:
    assert sms_kinds(given) == tuple(kept)


def test_a_kind_that_is_not_told_by_sms_is_refused() -> None:
    with pytest.raises(InvalidInput, match=", ".join(SMS_KINDS)) as refused:
        sms_kinds([SMS_KINDS[0], "newsletter"])
    assert refused.value.field == "kinds"


def test_each_business_has_a_circuit_of_its_own_for_each_gateway() -> None:
    names = {breaker_name(OrgId(UUID(int=n)), name) for n in (1, 2) for name in ("make", "sms")}
    assert len(names) == 4

"""Whatever people may type, the e-mail about it can be written and is read as it was meant."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses
from urllib.parse import unquote
from uuid import UUID

import pytest
from aiosmtplib.email import parse_address
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, vCalAddress

from fullhouse.integrations.mime import mime_message
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import one_line
from fullhouse.messages.calendar_file import _folded, _person
from fullhouse.messages.model import Email
from fullhouse.people.model.contact import (
    email_address,
    mailbox_of,
    readable_address,
    smtp_address,
)
from fullhouse.people.model.person_names import person_name

LINE_CHARACTERS_MAX = 78
SENDER = "bookings@farm.example"
LOCAL_PARTS = st.text(
    st.sampled_from("abzA0._+-%'!#$&*/=?^`{|}~ \u00fc\u00f1\u9f8d\u0435\u200d\u0301\"<>(),:;\\[]"),
    min_size=1,
    max_size=70,
)
DOMAINS = st.sampled_from(
    (
        "example.org", "b\u00fccher.example", "\u4f8b\u3048.jp", "stra\u00dfe.example",
        "xn--bcher-kva.example", "[127.0.0.1]", f"{'a' * 63}.example", "ex_ample.org", "localhost",
        "docomo.ne.jp", "xn--a.example", "farm.test", "\uff45xample.org", "a--b.example",
        f"{'b' * 60}.{'c' * 60}.example",
    )
)  # fmt: skip
ADDRESSES = st.builds("{}@{}".format, LOCAL_PARTS, DOMAINS)
NAMES = st.text(max_size=220) | st.lists(
    st.sampled_from(
        (
            "Farm", "Garden,", "Caf\u00e9", '"Q"', "=?utf-8?q?x?=", "=?", "<a@b.example>", "(c)",
            "x" * 90, "\u65e5\u672c" * 40, ";", ":", "\\", "Pick-Your-Own", "a@b.example",
            "\U0001f33b", "\t", "\r\nBcc: x@example.org", "\u200b", "\u00a0", "\u202e", ".", "=",
        )
    ),
    max_size=30,
).map(" ".join)  # fmt: skip


def the_email(*, name: str = "Meadow Farm", recipient: str = "ada@example.org") -> Email:
    return Email(
        message_id=UUID(int=1),
        recipient=recipient,
        subject=name,
        text=f"Hello {name},\n",
        html=f"<p>Hello {name},</p>",
        calendar="BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
        sender_name=name,
        reply_to="farm@example.org",
    )


def written(email: Email, sender: str = SENDER) -> bytes:
    return mime_message(email, sender, date="Sat, 12 Jun 2027 08:00:00 +0000")


def by_current_parser(content: bytes, header: str) -> list[tuple[str, str]]:
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return [(one.display_name, one.addr_spec) for one in mail[header].addresses]


def by_older_parser(content: bytes, header: str) -> list[tuple[str, str]]:
    mail: Message[str, str] = message_from_bytes(content)
    found = getaddresses([str(mail[header])])
    return [(str(make_header(decode_header(name))), address) for name, address in found]


@pytest.mark.parametrize("mailboxes", [by_current_parser, by_older_parser])
@settings(deadline=None)
@given(typed=NAMES, address=ADDRESSES)
@example(typed="Farm, " * 33, address="a..b@docomo.ne.jp")
@example(typed="=?utf-8?q?x?= Hof", address="a@b\u00fccher.example")
@example(
    typed="Old Orchard Farm, Garden Centre and Tea Room at Whitfield", address="a.@ezweb.ne.jp"
)
def test_any_name_and_any_address_are_read_as_one_mailbox(
    mailboxes: Callable[[bytes, str], list[tuple[str, str]]], typed: str, address: str
) -> None:
    try:
        recipient = email_address(address)
    except InvalidInput:
        recipient = "ada@example.org"
    content = written(the_email(name=typed, recipient=recipient))
    for header, expected in (("From", SENDER), ("Reply-To", "farm@example.org"), ("To", recipient)):
        ((name, read),) = mailboxes(content, header)
        assert read.replace('"', "") == expected
        meant = "" if header == "To" else one_line(typed)
        if mailboxes is by_current_parser and content.count(b"=?utf-8?", 0, 2000) > 1:
            # It keeps the space between two encoded words, which RFC 2047 §6.2 has left out
            name, meant = (text.replace(" ", "") for text in (name, meant))
        assert name == meant


@settings(deadline=None)
@given(NAMES, ADDRESSES)
def test_every_line_is_short_and_in_ascii_and_no_header_is_added(typed: str, address: str) -> None:
    try:
        recipient = email_address(address)
    except InvalidInput:
        recipient = "ada@example.org"
    content = written(the_email(name=typed, recipient=recipient))
    lines = content.decode("ascii").split("\r\n")
    assert not any("\n" in line or "\r" in line for line in lines)
    long = [line for line in lines if len(line) > LINE_CHARACTERS_MAX]
    assert long in ([], [f"To: {smtp_address(recipient)}"]), "an address has no place to break"
    read = message_from_bytes(content, policy=policy.default)
    names = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted"]
    assert read.keys() == [*names, "MIME-Version", "Content-Type"]
    assert read["Subject"] == one_line(typed)
    unfolded = message_from_bytes(content)["Subject"].replace("\r\n", "")
    assert str(make_header(decode_header(unfolded))) == one_line(typed)


@pytest.mark.parametrize("sender", [SENDER, f"bookings@{'a' * 63}.{'b' * 63}.{'c' * 63}.example"])
def test_message_id_stands_beside_the_name_of_its_field(sender: str) -> None:
    content = written(the_email(), sender)
    assert f"\r\nMessage-ID: <{UUID(int=1)}@{sender.partition('@')[2]}>\r\n".encode() in content


@settings(deadline=None)
@given(typed=st.text(min_size=1, max_size=220), address=ADDRESSES)
def test_what_is_taken_can_be_served(typed: str, address: str) -> None:
    try:
        name = person_name(typed)
    except InvalidInput:
        name = 'Ada "Countess" <L>'
    try:
        taken = email_address(address)
    except InvalidInput:
        return
    assert taken.isascii()
    assert email_address(taken) == taken
    assert email_address(readable_address(taken)) == taken, "what a page shows can be typed again"
    assert mailbox_of(taken) == mailbox_of(mailbox_of(taken))
    assert parse_address(smtp_address(taken)) == smtp_address(taken)
    assert smtp_address(taken).replace('"', "") == taken
    attendee = _folded(f"ATTENDEE{_person(taken, name, {})}")
    lines = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", attendee, "END:VEVENT", "END:VCALENDAR")
    file = "\r\n".join(lines).encode()
    assert all(len(line) <= 75 for line in file.split(b"\r\n")), "octets, by RFC 5545 §3.1"
    read = Calendar.from_ical(file).walk("VEVENT")[0]["attendee"]
    assert isinstance(read, vCalAddress)
    assert unquote(read).replace('"', "") == f"mailto:{taken}"
    assert str(read.params["cn"]) == name

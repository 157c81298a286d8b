"""Reports of mail servers are read as they come, and their return addresses name one message."""

from uuid import UUID

import pytest

from fullhouse.messages.model.bounces import (
    Bounce,
    ReturnKey,
    message_id_in,
    read_report,
    read_return_key,
    return_local_part,
)

KEY = ReturnKey(UUID(int=7), UUID("01890000-0000-5000-8000-00000000000a"), b"\x00\x01\xfe\xff\x80z")
LOCAL = return_local_part(KEY)

POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Sun, 20 Jun 2027 10:00:00 +0000

Final-Recipient: rfc822; nobody@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.org>: Recipient address
    rejected: User unknown

--B
Content-Type: message/rfc822

Message-ID: <01890000-0000-5000-8000-00000000000b@farm.example>
Subject: You're booked

Text
--B--
"""


def a_report(*, to: str = "", action: str = "failed", status: str = "5.1.1") -> bytes:
    to = to or f"{LOCAL}@bounces.example.org"
    return POSTFIX.format(to=to, action=action, status=status).encode()


def test_a_report_has_the_status_the_words_and_the_return_address() -> None:
    report = read_report(a_report())
    assert report is not None
    words = "550 5.1.1 <nobody@example.org>: Recipient address rejected: User unknown"
    assert report.bounce == Bounce("5.1.1", words)
    assert [read_return_key(key) for key in report.keys] == [KEY]


def test_a_return_address_fits_and_is_read_in_any_case_and_place() -> None:
    assert len(LOCAL) <= 64
    loud = f"Bookings <{LOCAL.upper()}@BOUNCES.EXAMPLE.ORG>"
    for report in (
        read_report(a_report(to=loud)),
        read_report(a_report(to="postmaster@example.org"), f"{LOCAL}@bounces.example.org"),
    ):
        assert report is not None
        assert [read_return_key(key) for key in report.keys] == [KEY]
    assert read_return_key("a" * 61 + "1") is None
    assert read_return_key("abc") is None


@pytest.mark.parametrize(
    "raw",
    [
        a_report(action="delayed", status="4.4.7"),
        a_report(action="delivered", status="2.0.0"),
        b"Subject: Out of office\r\n\r\nI am away.",
        b"",
        b"\xff\xfe\x00Content-Type: multipart/report; boundary=\r\n\r\n--",
        b"Content-Type: message/delivery-status\r\n\r\nAction",
        b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
        b"".join(
            b"Content-Type: multipart/report; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(3_000)
        ),
    ],
)
def test_what_is_no_failure_is_no_bounce(raw: bytes) -> None:
    assert read_report(raw) is None


@pytest.mark.parametrize(
    ("status", "is_dead"),
    [
        ("", True), ("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.0.0", True),
        ("5.2.2", False), ("5.7.1", False), ("4.4.7", False), ("5.3.4", False), ("5.1.7", False),
    ],
)  # fmt: skip
def test_an_address_is_dead_by_its_status_and_not_for_what_was_sent(
    status: str, *, is_dead: bool
) -> None:
    assert Bounce(status).is_dead_address is is_dead


def test_a_message_is_named_by_its_id_or_its_header() -> None:
    expected = UUID("01890000-0000-5000-8000-00000000000b")
    assert message_id_in(str(expected)) == expected
    assert message_id_in(f"<{expected}@farm.example>") == expected
    assert message_id_in("<other@example.org>") is None

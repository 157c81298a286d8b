"""Whatever a guest may type, the e-mail about it can be written: no job fails by it."""

from uuid import UUID

from aiosmtplib.email import flatten_message, parse_address
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Event

from fullhouse.integrations.smtp import mime_message
from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages.calendar_file import _person
from fullhouse.messages.model import Email
from fullhouse.people.model.contact import ascii_address, email_address, mailbox_of
from fullhouse.people.model.person_names import person_name

LOCAL_PARTS = st.text(
    st.sampled_from("abzA0._+-%'!#$&*/=?^`{|}~ \u00fc\u00f1\u9f8d\u0435\u200d\u0301\"<>(),:;\\[]"),
    min_size=1,
    max_size=70,
)
DOMAINS = st.sampled_from(
    (
        "example.org", "b\u00fccher.example", "\u4f8b\u3048.jp", "stra\u00dfe.example",
        "xn--bcher-kva.example", "[127.0.0.1]", f"{'a' * 63}.example", "ex_ample.org", "localhost",
    )
)  # fmt: skip


@settings(deadline=None)
@given(st.text(min_size=1, max_size=220), LOCAL_PARTS, DOMAINS)
def test_any_name_and_address_that_are_taken_make_an_email(
    typed: str, local: str, domain: str
) -> None:
    try:
        name = person_name(typed)
    except InvalidInput:
        name = 'Ada "Countess" <L>'
    try:
        address = email_address(f"{local}@{domain}")
    except InvalidInput:
        return
    assert mailbox_of(address) == mailbox_of(mailbox_of(address))
    email = Email(
        message_id=UUID(int=1),
        recipient=address,
        subject="Booked",
        text=f"Hello {name},\n",
        html=f"<p>Hello {name},</p>",
        calendar="BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
        sender_name="Meadow Farm",
        reply_to="farm@example.org",
    )
    mail = mime_message(email, "bookings@farm.example", date="Sat, 12 Jun 2027 08:00:00 +0000")
    recipient = ascii_address(address)
    parse_address(recipient)
    content = flatten_message(mail, utf8=not recipient.isascii(), cte_type="7bit")
    head = content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    assert b"\r\nTo: " + recipient.encode() in head.replace(b"To:  ", b"To: ")
    assert b"\r\nBcc:" not in head
    entry = Event()
    entry["attendee"] = _person(address, name)
    assert entry.to_ical().count(b"ATTENDEE") == 1

"""The fast ways of writing an e-mail make what the libraries make that they stand in for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from typing import Literal, get_args
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event, vCalAddress, vText
from tests.builders.emails import NOW, ORGANISATION, VENUE, a_view, rendered, status_for
from typing_extensions import override

from fullhouse.booking.reads.bookings import BookingView
from fullhouse.integrations.mime_content import content_of
from fullhouse.kernel.ids import derived_id
from fullhouse.localisation.formatter import formatter_for
from fullhouse.messages.calendar_file import InvitationDetails, Method, calendar_file
from fullhouse.messages.composing import email_forms, email_templates, html_of, text_of
from fullhouse.messages.email_forms import EmailForms
from fullhouse.messages.facts import booking_facts, place_of
from fullhouse.messages.model import Email, EmailKind, InlineImage, calendar_method
from fullhouse.people.model.contact import smtp_address

TEXTS = st.lists(
    st.sampled_from(
        (
            "a", "b ", "word " * 12, "x" * 79, "\u00e4", "\u65e5\u672c", "\U0001f33b", "\\", "\\n",
            "\\N", "^", ";", ",", ":", "=", "=3D", "'", '"', "\u2019", "\n", "\r\n", "\r", " \n",
            "\t\n", "\n.\n", "From \n", "&", "<b>", "&amp;", "\u00a0", "\u2028", "\x85", "\x0c",
            "\ue0001\ue001", "{{ name }}", "https://farm.example",
        )
    ),
    max_size=40,
).map("".join)  # fmt: skip
ADDRESSES = st.sampled_from(("", "f\u00fc+a@b\u00fccher.example"))
KINDS = st.sampled_from(get_args(EmailKind))


class RenderedEachTime(EmailForms):
    """As it was before there were forms."""

    @override
    def filled(self, names: Sequence[str], values: Mapping[str, object]) -> Iterator[str]:
        for name in names:
            layout = self._html if name.endswith(".html") else self._text
            yield layout(self.templates, name, values)


FORMS = email_forms()
EACH_TIME = RenderedEachTime(email_templates(), html=html_of, text=text_of)


@given(KINDS, TEXTS, st.sampled_from(("en", "de")))
def test_filled_form_is_the_rendered_layout(kind: EmailKind, text: str, language: str) -> None:
    view = a_view(status=status_for(kind), language=language, name=text)
    venue = replace(VENUE, name=text, address=text, directions=text)
    view = replace(view, venue=venue, offering=replace(view.offering, what_to_bring=text))
    organisation = replace(ORGANISATION, name=text, phone="")
    each_time, first, again = (
        rendered(kind, view, organisation, forms=forms) for forms in (EACH_TIME, FORMS, FORMS)
    )
    assert each_time == first == again


@given(TEXTS, TEXTS, st.sampled_from(get_args(Method)), ADDRESSES)
def test_calendar_file_is_that_of_icalendar(
    name: str, text: str, method: Method, address: str
) -> None:
    venue = replace(VENUE, name=text, directions=name, latitude=1 if address else None)
    view = replace(a_view(name=name), venue=venue)
    formatter = formatter_for("en", ZoneInfo("UTC"), now=NOW)
    details = InvitationDetails(
        business=name,
        address=address,
        url="https://farm.example/" + "y" * len(text),
        created_at=NOW,
        facts=booking_facts(view, ORGANISATION, formatter, now=NOW),
        sent_by="bookings@farm.example",
    )
    written = calendar_file(view, details, method=method)
    assert written == calendar_of_icalendar(view, details, method)


def calendar_of_icalendar(view: BookingView, details: InvitationDetails, method: Method) -> str:
    booking, venue, event = view.booking, view.venue, Event()
    event.add("uid", str(derived_id("calendar", str(booking.booking_id))))
    event.add("sequence", booking.version)
    event.add("dtstamp", details.created_at.astimezone(UTC))
    event.add("dtstart", booking.starts_at.astimezone(UTC))
    event.add("dtend", booking.ends_at.astimezone(UTC))
    event.add("summary", f"{view.offering.name}, {details.business}")
    event.add("location", place_of(venue))
    sentences = (f"{fact.label}: {fact.text}" for fact in details.facts.sentences)
    event.add("description", "\n".join((booking.ref, details.url, *sentences)))
    event.add("url", details.url)
    event.add("status", "CONFIRMED")
    if venue.latitude is not None:
        event.add("geo", (venue.latitude, venue.longitude))
    if details.address:
        event["organizer"] = a_person(details.address, details.business)
        event["organizer"].params["sent-by"] = vText(mailto(details.sent_by))
    if method != "PUBLISH":
        event["attendee"] = a_person(booking.customer_email, booking.customer_name)
        event["attendee"].params["partstat"] = vText("ACCEPTED")
        event["attendee"].params["rsvp"] = vText("FALSE")
    calendar = Calendar()
    calendar.add("prodid", "-//Fullhouse//fullhouse//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode()


def a_person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(mailto(address))
    if name:
        person.params["cn"] = vText(name)
    return person


def mailto(address: str) -> str:
    return "mailto:" + quote(smtp_address(address), safe="@+!$'*")


@given(TEXTS, TEXTS, TEXTS | st.none(), st.lists(st.binary(max_size=200), max_size=2))
def test_content_is_that_of_the_standard_library(
    text: str, html: str, calendar: str | None, pictures: list[bytes]
) -> None:
    email = Email(
        message_id=UUID(int=7),
        recipient="ada@example.org",
        subject="Booked",
        text=text,
        html=html,
        calendar=calendar,
        sender_name="Meadow Farm",
        reply_to="",
        images=tuple(InlineImage("qr@farm", partial(bytes, png)) for png in pictures),
    )
    assert with_plain_boundaries(content_of(email)) == with_plain_boundaries(
        content_of_the_library(email).as_bytes().decode()
    )


def content_of_the_library(email: Email) -> EmailMessage:
    content = EmailMessage(SMTP.clone(cte_type="7bit"))
    content.set_content(email.text)
    content.add_alternative(email.html, subtype="html")
    html = content.get_body(("html",))
    assert isinstance(html, EmailMessage)
    disposition: Literal["inline"] = "inline"
    for image in email.images:
        html.add_related(
            image.draw(), "image", "png", cid=f"<{image.content_id}>", disposition=disposition,
            filename="qr.png",
        )  # fmt: skip
    if email.calendar is not None:
        file = email.calendar.encode()
        params = {"method": calendar_method(email.calendar), "charset": "utf-8"}
        content.add_alternative(file, maintype="text", subtype="calendar", params=params)
        content.add_attachment(file, maintype="application", subtype="ics", filename="booking.ics")
    return content


def with_plain_boundaries(content: str) -> str:
    """Each boundary by its place, since those of the library are random."""
    seen: dict[str, str] = {}
    return re.sub(
        r"={15}\d{19}==", lambda found: seen.setdefault(found.group(), f"<{len(seen)}>"), content
    )

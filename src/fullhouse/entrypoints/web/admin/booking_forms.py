"""The forms of acts on bookings: what each asks for, and what it opens with."""

from datetime import date, time
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.booking import limits
from fullhouse.booking.model.booking import ATTENDING
from fullhouse.booking.model.price_categories import guests_of, guests_sold
from fullhouse.booking.model.questions import (
    answers_of,
    optional_questions,
    with_given_choices,
)
from fullhouse.booking.model.typed_answers import typed_of
from fullhouse.booking.model.typed_guests import PARTY_FIELD
from fullhouse.booking.price_texts import changed_price_text, offering_for
from fullhouse.booking.reads.search import BookingMatch
from fullhouse.entrypoints.web.admin_actions import AskedFields, FormField, StoredFields
from fullhouse.entrypoints.web.answer_forms import answer_fields, guest_fields
from fullhouse.entrypoints.web.forms import Details
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Field, FieldGroup
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.model.contact import phone_text


class MoveForm(msgspec.Struct, frozen=True):
    """The new time, as the clock at the venue shows it."""

    day: date
    time: time


class ContactForm(msgspec.Struct, frozen=True):
    """Who comes, as typed: `read_details` says what is wrong."""

    name: str
    email: str
    phone: str


class CancelForm(msgspec.Struct, frozen=True):
    """Why a booking is cancelled, and whether the guest reads it."""

    reason: Annotated[str, Meta(max_length=limits.CANCEL_REASON_CHARACTERS_MAX)] = ""
    tells_guest: bool = True


class NoteForm(msgspec.Struct, frozen=True):
    """What staff note."""

    note: Annotated[str, Meta(max_length=limits.NOTE_CHARACTERS_MAX)] = ""


class GuestMessageForm(msgspec.Struct, frozen=True):
    """What the business writes to a guest."""

    text: Annotated[str, Meta(min_length=1, max_length=limits.GUEST_MESSAGE_CHARACTERS_MAX)]


CONTACT_FIELDS: Final = (
    FormField("name", _("Name")),
    FormField("email", _("E-mail"), kind="email"),
    FormField("phone", _("Phone"), kind="tel"),
)
MOVE_FIELDS: Final = (FormField("day", _("Day")), FormField("time", _("Time")))
CANCEL_FIELDS: Final = (
    FormField(
        "reason",
        _("Reason"),
        _("One sentence without names: it stays in the history of the booking."),
    ),
    FormField("tells_guest", _("Include the reason in the e-mail to the guest")),
)
NOTE_FIELDS: Final = (FormField("note", _("Note"), _("Only staff read this."), kind="textarea"),)

GUEST_MESSAGE_FIELDS: Final = (
    FormField(
        "text",
        _("Text"),
        _(
            "Greeting and details of the booking are added. Write nothing private: the text stays "
            "in the history of the booking."
        ),
        kind="textarea",
    ),
)


async def party_asked(page: PageContext, row: BookingMatch) -> AskedFields:
    """How many come, or how many of each price category; with what they will pay."""
    booking, formatter = row.booking, page.formatter(row.venue)
    guests, offering = _("Guests"), offering_for(booking, row.offering)
    if offering.price_categories:
        sold = guests_of(booking.guests)
        sold = sold or guests_sold(offering.price_categories, None, party=booking.party)
        fields = guest_fields(offering, formatter, Details(), guests=sold)
    else:
        label = page.translations.gettext(guests)
        fields = (Field(PARTY_FIELD, label, str(booking.party), kind="number"),)
    return AskedFields(
        (FieldGroup(page.translations.gettext(guests), fields),),
        booking.version,
        lead=changed_price_text(booking, offering, formatter),
    )


async def answers_asked(page: PageContext, row: BookingMatch) -> AskedFields:
    """The questions with what was answered."""
    booking, answers = row.booking, answers_of(row.booking.answers)
    questions = with_given_choices(optional_questions(row.offering.questions), answers)
    typed = typed_of(answers, questions, party=booking.party)
    fields, groups = answer_fields(
        questions, page.translations, party=booking.party, typed=typed, problems={}
    )
    asked_once = FieldGroup(page.translations.gettext("All guests"), fields)
    return AskedFields((asked_once, *groups), booking.version)


async def contact_of(_page: PageContext, row: BookingMatch) -> StoredFields[ContactForm]:
    booking = row.booking
    form = ContactForm(
        booking.customer_name, booking.customer_email, phone_text(booking.customer_phone)
    )
    return StoredFields(form, booking.version)


def is_confirmed(row: BookingMatch) -> bool:
    return row.booking.status == "confirmed"


def is_attending(row: BookingMatch) -> bool:
    return row.booking.status in ATTENDING


def is_asked(row: BookingMatch) -> bool:
    return is_attending(row) and bool(row.offering.questions)

"""Texts of each kind of e-mail to a customer."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.model import EmailKind


class Wording(Struct, frozen=True):
    """Untranslated texts. `subject` takes `offering` and `date_time`, the leads take `until`.

    `lead_by_staff` stands instead of `lead` where it is not empty and the business acted.
    """

    subject: str
    heading: str
    lead: str
    lead_by_staff: str = ""
    button: str = gettext_noop("View your ticket")


WORDING: Final[Mapping[EmailKind, Wording]] = {
    "confirmation": Wording(
        subject=gettext_noop("You're booked: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your booking is confirmed"),
        lead=gettext_noop("We look forward to seeing you."),
    ),
    "rescheduling": Wording(
        subject=gettext_noop("New time: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your booking has a new time"),
        lead=gettext_noop("Your new time is below."),
    ),
    "party_change": Wording(
        subject=gettext_noop("Changed: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your booking has been changed"),
        lead=gettext_noop("Your guests and the new price are below."),
    ),
    "address_change": Wording(
        subject=gettext_noop("E-mail address changed: %(offering)s, %(date_time)s"),
        heading=gettext_noop("The e-mail address of your booking has been changed"),
        lead=gettext_noop(
            "From now on we'll e-mail the new address, and earlier links no longer work. If this "
            "wasn't you, please tell us."
        ),
        button=gettext_noop("How to reach us"),
    ),
    "cancellation": Wording(
        subject=gettext_noop("Cancelled: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your booking is cancelled"),
        lead=gettext_noop("We hope to see you another time."),
        lead_by_staff=gettext_noop(
            "We are sorry: this booking is cancelled. We hope to see you another time."
        ),
        button=gettext_noop("View the booking"),
    ),
    "restoration": Wording(
        subject=gettext_noop("Confirmed again: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your booking is confirmed again"),
        lead=gettext_noop("It is no longer cancelled. Your ticket is valid as it was before."),
    ),
    "ticket": Wording(
        subject=gettext_noop("Your ticket: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your ticket"),
        lead=gettext_noop("Please use the link in this e-mail. Earlier links may no longer work."),
    ),
    "reminder": Wording(
        subject=gettext_noop("See you soon: %(offering)s, %(date_time)s"),
        heading=gettext_noop("A reminder of your booking"),
        lead=gettext_noop(
            "We look forward to seeing you. If you can't come, please change or cancel your "
            "booking, so that others can have your places."
        ),
    ),
    "thanks": Wording(
        subject=gettext_noop("How was it? %(offering)s, %(date_time)s"),
        heading=gettext_noop("Thank you for coming"),
        lead=gettext_noop(
            "We hope that you had a good time. How was it? Your answer takes half a minute and "
            "helps us."
        ),
        button=gettext_noop("Say how it was"),
    ),
    "closing": Wording(
        subject=gettext_noop("We are closed: %(offering)s, %(date_time)s"),
        heading=gettext_noop("We are closed at your time"),
        lead=gettext_noop(
            "We are sorry: we are closed at the time that you booked. Please choose another time, "
            "or cancel without a fee."
        ),
        button=gettext_noop("Choose another time, or cancel"),
    ),
    "reopening": Wording(
        subject=gettext_noop("We are open after all: %(offering)s, %(date_time)s"),
        heading=gettext_noop("We are open at your time after all"),
        lead=gettext_noop(
            "We told you that we would be closed. That has changed: your booking is valid, and "
            "you need to do nothing."
        ),
    ),
    "message": Wording(
        subject=gettext_noop("About your booking: %(offering)s, %(date_time)s"),
        heading=gettext_noop("A message about your booking"),
        lead=gettext_noop("We have something to tell you:"),
    ),
    "offer": Wording(
        subject=gettext_noop("Places are available: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Places are available for you"),
        lead=gettext_noop(
            "They are reserved for you until %(until)s. After that we offer them to the next "
            "person."
        ),
        button=gettext_noop("Book these places"),
    ),
    "waiting": Wording(
        subject=gettext_noop("On the waiting list: %(offering)s, %(date_time)s"),
        heading=gettext_noop("You are on the waiting list"),
        lead=gettext_noop(
            "We'll e-mail you when places become available. If you did not ask for this, please "
            "leave the waiting list."
        ),
        button=gettext_noop("See your place in line, or leave"),
    ),
}

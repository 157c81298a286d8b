"""Texts of each kind of e-mail to a customer."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.model import EmailKind

_MANAGE: Final = gettext_noop("Ticket, change or cancel")


class Wording(Struct, frozen=True):
    """Untranslated texts. `subject` takes `offering` and `date_time`, `lead` takes `until`."""

    subject: str
    heading: str
    lead: str
    button: str


WORDING: Final[Mapping[EmailKind, Wording]] = {
    "confirmation": Wording(
        subject=gettext_noop("Booked: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your booking is confirmed"),
        lead=gettext_noop("We look forward to seeing you."),
        button=_MANAGE,
    ),
    "rescheduling": Wording(
        subject=gettext_noop("Moved: %(offering)s, now %(date_time)s"),
        heading=gettext_noop("Your booking has been moved"),
        lead=gettext_noop("The time below is the new one. The old one no longer holds."),
        button=_MANAGE,
    ),
    "party_change": Wording(
        subject=gettext_noop("Changed: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your booking has been changed"),
        lead=gettext_noop("The number of guests and the price below are the new ones."),
        button=_MANAGE,
    ),
    "cancellation": Wording(
        subject=gettext_noop("Cancelled: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your booking has been cancelled"),
        lead=gettext_noop("We hope to see you another time."),
        button=gettext_noop("See the booking"),
    ),
    "restoration": Wording(
        subject=gettext_noop("Booked again: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your booking stands again"),
        lead=gettext_noop("The cancellation has been undone. Everything is as before."),
        button=_MANAGE,
    ),
    "ticket": Wording(
        subject=gettext_noop("Your ticket: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Your ticket"),
        lead=gettext_noop("Use the link of this mail: earlier ones may have ended."),
        button=_MANAGE,
    ),
    "offer": Wording(
        subject=gettext_noop("Places have come free: %(offering)s, %(date_time)s"),
        heading=gettext_noop("Places are available for you"),
        lead=gettext_noop(
            "We hold them for you until %(until)s. After that they go to the next who waits."
        ),
        button=gettext_noop("Book these places"),
    ),
}

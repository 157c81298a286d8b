"""What the guest is told about the e-mail of a booking: what is true, and what to do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.urls import BookingUrls
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link, Note
from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.model import RETRYABLE, MessageStatus
from fullhouse.messages.reads import last_status
from fullhouse.people.model.contact import readable_address
from fullhouse.storage.database import Database

_BOOKED: Final[Mapping[MessageStatus | None, str]] = MappingProxyType(
    {
        None: gettext_noop("We're e-mailing your ticket to %(email)s."),
        "due": gettext_noop("We're e-mailing your ticket to %(email)s."),
        "sent": gettext_noop("We've e-mailed your ticket to %(email)s."),
    }
)
_NOT_SENT: Final = gettext_noop("No e-mail was sent: please save or print your ticket.")


class DeliveryNotes(msgspec.Struct, frozen=True):
    """Reads how the newest e-mail about a booking fared."""

    database: Database

    async def of(self, page: PageContext, booking: Booking, urls: BookingUrls) -> Note | None:
        """The note of a booking just made, or of an e-mail that did not arrive; else None.

        For the holder of a link that may change the booking.
        """
        if booking.status not in {"confirmed", "checked_in"} or not booking.customer_email:
            return None
        async with self.database.session() as session:
            status = await last_status(session, booking)
        if status in RETRYABLE:
            return _problem(page, booking, urls)
        return _booked(page, booking, status) if page.query("new") else None


def _booked(page: PageContext, booking: Booking, status: MessageStatus | None) -> Note:
    _ = page.translations.gettext
    is_sent = page.sends_to(booking.customer_email)
    text = _BOOKED.get(status, _NOT_SENT) if is_sent else _NOT_SENT
    email = readable_address(booking.customer_email)
    return Note("good", _("You're booked."), _(text, email=email))


def _problem(page: PageContext, booking: Booking, urls: BookingUrls) -> Note:
    """The booking stands, its e-mail did not arrive: keep the ticket, correct the address."""
    _ = page.translations.gettext
    email = readable_address(booking.customer_email)
    return Note(
        "warn",
        _("You're booked, but we couldn't deliver the e-mail to %(email)s.", email=email),
        _("Please save or print your ticket. If the address is wrong, correct it."),
        links=(Link(_("Correct the address"), urls.contact),),
    )

"""Presenters of what several admin pages show: the undo bar and e-mails. Pure."""

from datetime import date

from fullhouse.booking.events import CheckedIn
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.reads.bookings import HistoryEntry
from fullhouse.entrypoints.web.views import (
    EmailView,
    Undo,
)
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.messages.model import Message
from fullhouse.messages.model.channel_texts import way_text
from fullhouse.messages.model.names import delivery_name, recipient_text


def undo_bar(
    booking: Booking,
    last: HistoryEntry,
    formatter: LocaleFormatter,
    *,
    action: str = "",
    day: date | None = None,
) -> Undo:
    """The bar that undoes a check-in or a no-show; `day` when it is on the run sheet."""
    _ = formatter.translations.gettext
    name, party = booking.customer_name, formatter.people(booking.party)
    return Undo(
        _("%(name)s is checked in, %(party)s.", name=name, party=party)
        if last.kind == CheckedIn.kind()
        else _("%(name)s is marked as a no-show, %(party)s.", name=name, party=party),
        action,
        day.isoformat() if day else "",
    )


def email_view(
    message: Message, formatter: LocaleFormatter, *, retry_action: str = ""
) -> EmailView:
    """A message with the state of its delivery, and where to send one again that was not sent."""
    _ = formatter.translations.gettext
    return EmailView(
        subject=message.subject,
        recipient=recipient_text(message.channel, message.recipient),
        status=message.status,
        status_text=_(
            delivery_name(
                message.status,
                message.recipient,
                has_arrived=message.acknowledged_at is not None,
            )
        ),
        when=formatter.date_time(message.sent_at or message.created_at),
        body=message.body_text,
        reason=message.last_error,
        way=way_text(message, formatter),
        message_id=str(message.message_id),
        retry_action=retry_action,
    )

"""The e-mails about a booking on its page for staff: how each was delivered, and another try."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.search import BookingMatch
from fullhouse.entrypoints.web.admin_actions import Action
from fullhouse.entrypoints.web.forms import uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.staff_presenter import email_view
from fullhouse.entrypoints.web.views import EmailView
from fullhouse.kernel.context import Permission
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.actions.retry_message import retry_message
from fullhouse.messages.errors import MessageNotRetryable, UnknownMessage
from fullhouse.messages.model import RETRYABLE, Message, MessageStatus
from fullhouse.messages.reads import messages_about
from fullhouse.people.model.contact import is_invented
from fullhouse.storage.database import Database


class BookingMessages(msgspec.Struct, frozen=True):
    """Shows and retries the e-mails about a booking."""

    database: Database

    def action(self) -> Action[BookingMatch]:
        """Its buttons stand beside the e-mails."""
        label = gettext_noop("Send again")
        return Action("send-again", label, self.retry, Permission.CHANGE_BOOKINGS)

    async def list(self, page: PageContext, row: BookingMatch) -> tuple[EmailView, ...]:
        """All of them, the oldest first; none without the permission to see messages."""
        if not page.context.may(Permission.VIEW_MESSAGES):
            return ()
        booking, formatter = row.booking, page.formatter(row.venue)
        async with self.database.session() as session:
            messages = await messages_about(session, booking.org_id, booking.booking_id)
        action = admin_path(page.organisation.slug, f"bookings/{booking.ref}/send-again")
        return self.views(page, messages, formatter, retry_action=action)

    def views(
        self,
        page: PageContext,
        messages: Sequence[Message],
        formatter: LocaleFormatter,
        *,
        retry_action: str,
    ) -> tuple[EmailView, ...]:
        """The e-mails, those that were not sent with where to send them again."""
        may_retry = page.context.may(Permission.CHANGE_BOOKINGS)

        def action(message: Message) -> str:
            can = can_send_again(message.status, message.recipient, sends_email=page.sends_email)
            return retry_action if may_retry and can else ""

        return tuple(
            email_view(message, formatter, retry_action=action(message)) for message in messages
        )

    async def retry(self, page: PageContext, _keys: Sequence[str]) -> Sequence[str]:
        """Send the e-mail that the form names again; the reason when it needs no sending.

        Raises `UnknownMessage`.
        """
        form = await page.form()
        message_id = uuid_key(form.get("message", ""), UnknownMessage)
        reason = await send_again(self.database, page, message_id)
        return [reason] if reason else []


async def send_again(database: Database, page: PageContext, message_id: UUID) -> str:
    """Send an e-mail again; the reason when it needs no sending. Raises `UnknownMessage`."""
    try:
        async with database.transaction() as session:
            await retry_message(
                session, page.org_id, message_id, correlation_id=page.context.correlation_id
            )
    except MessageNotRetryable:
        return page.translations.gettext("This e-mail was already sent, or is about to be sent.")
    return ""


def can_send_again(status: MessageStatus, recipient: str, *, sends_email: bool) -> bool:
    """Whether another try makes a difference."""
    is_kept = status == "stored" and sends_email and not is_invented(recipient)
    return is_kept or status in RETRYABLE

"""What was sent to guests, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.position import TimePosition
from fullhouse.kernel.timespan import Instant
from fullhouse.messages.model import (
    EmailKind,
    Message,
    MessageChannel,
    MessageStatus,
    Route,
    UnsentStatus,
)
from fullhouse.messages.reads import MessageSearch, MessageSummary, find_messages, messages_about
from fullhouse.storage.database import Database


class MessagesQuery(msgspec.Struct, frozen=True):
    """Which messages, from which page on."""

    kind: EmailKind | None = None
    status: Annotated[
        UnsentStatus | None, Meta(description="Only what was not sent, or came back.")
    ] = None
    cursor: (
        Annotated[str, Meta(max_length=100, description="The `next` of the page before.")] | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_ROWS_MAX)] = PAGE_ROWS_DEFAULT


class SentMessageResponse(ResponseBody, frozen=True):
    """A message and what became of it, without its text."""

    example: ClassVar = {
        "id": "01977f6e-8c00-7000-8000-00000000002a",
        "kind": "confirmation",
        "channel": "email",
        "recipient": "ana.bauer@example.org",
        "subject": "You're booked: Sunflower morning, Sat, June 12, 10:30 AM",
        "status": "sent",
        "route": "make",
        "created_at": "2027-06-10T19:02:11Z",
        "sent_at": "2027-06-10T19:02:12Z",
        "acknowledged_at": "2027-06-10T19:02:14Z",
        "error": "",
    }
    id: UUID
    kind: EmailKind
    channel: MessageChannel
    recipient: str
    subject: str
    status: MessageStatus
    route: Route
    created_at: Instant
    sent_at: Instant | None
    acknowledged_at: Instant | None
    error: str

    @staticmethod
    def of(message: Message | MessageSummary) -> "SentMessageResponse":
        return SentMessageResponse(
            id=message.message_id,
            kind=message.kind,
            channel=message.channel,
            recipient=message.recipient,
            subject=message.subject,
            status=message.status,
            route=message.route,
            created_at=message.created_at,
            sent_at=message.sent_at,
            acknowledged_at=message.acknowledged_at,
            error=message.last_error,
        )


class MessageListResponse(ResponseBody, frozen=True):
    """A page of messages; `next` is the `cursor` of the page after it."""

    example: ClassVar = {
        "messages": [SentMessageResponse.example],
        "next": "2027-06-10T19:02:11+00:00~01977f6e-8c00-7000-8000-00000000002a",
    }
    messages: tuple[SentMessageResponse, ...]
    next: str | None = None


def _responses(
    messages: Sequence[Message] | Sequence[MessageSummary],
) -> tuple[SentMessageResponse, ...]:
    return tuple(map(SentMessageResponse.of, messages))


@dataclass(frozen=True, slots=True)
class MessagesResource:
    """The messages of a business."""

    database: Database
    tag: ClassVar[str] = "Channels"

    @operation("GET", "/api/v1/{org}/messages", allow=Permission.VIEW_MESSAGES)
    async def list_messages(self, org: OrgContext, query: MessagesQuery) -> MessageListResponse:
        """List what was sent to guests, the newest first, page by page.

        `due` is about to be sent, `handed_over` was taken by a gateway that has not said yet that
        it arrived, `sent` was taken by a mail server or gateway, and arrived where it has
        `acknowledged_at`. `bounced` came back, `failed` was given up, `undeliverable` was refused,
        `suppressed` is for an address that wants none of its kind or does not exist.
        """
        after = None if query.cursor is None else TimePosition.parse(query.cursor)
        if after is None and query.cursor is not None:
            raise InvalidInput("Use the `next` of the page before.", field="cursor")
        search = MessageSearch(
            kind=query.kind, status=query.status, after=after, limit=query.limit + 1
        )
        async with self.database.session() as session:
            found = await find_messages(session, org.org_id, search)
        shown = found[: query.limit]
        return MessageListResponse(
            _responses(shown), shown[-1].position.text if len(found) > query.limit else None
        )

    @operation("GET", "/api/v1/{org}/bookings/{ref}/messages", allow=Permission.VIEW_MESSAGES)
    async def list_booking_messages(self, booking: BookingView) -> MessageListResponse:
        """List what was sent about a booking, the oldest first."""
        stored = booking.booking
        async with self.database.session() as session:
            found = await messages_about(session, stored.org_id, stored.booking_id)
        return MessageListResponse(_responses(found))

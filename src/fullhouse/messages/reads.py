"""E-mails for screens."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT
from fullhouse.booking.model.booking import Booking
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.limits import UNSENT_MESSAGES_LISTED_MAX
from fullhouse.messages.model import EmailKind, Message, MessageStatus
from fullhouse.storage.database import Session

_FUTURE: Final = datetime(9999, 12, 31, tzinfo=UTC)


class OutboxPosition(Struct, frozen=True):
    """Last row of a page of the outbox; the next page starts after it."""

    created_at: datetime
    message_id: UUID


_NEWEST: Final = OutboxPosition(_FUTURE, UUID(int=0))


async def outbox(
    session: Session,
    org_id: OrgId,
    *,
    after: OutboxPosition | None = None,
    limit: int = PAGE_ROWS_DEFAULT,
) -> list[Message]:
    """The organisation's e-mails, newest first."""
    position = after or _NEWEST
    return await session.fetch(
        "messages.outbox",
        Message,
        org_id=org_id,
        after_created_at=position.created_at,
        after_message_id=position.message_id,
        limit=limit,
    )


async def messages_about(session: Session, org_id: OrgId, booking_id: UUID) -> list[Message]:
    """All e-mails about one booking, oldest first."""
    return await session.fetch(
        "messages.messages_about", Message, org_id=org_id, subject_id=booking_id
    )


class _Status(Struct, frozen=True):
    status: MessageStatus


async def last_status(session: Session, booking: Booking) -> MessageStatus | None:
    """How the newest e-mail about a booking to its address fared; None while none is stored."""
    row = await session.fetch_one(
        "messages.last_message_status",
        _Status,
        org_id=booking.org_id,
        subject_id=booking.booking_id,
        recipient=booking.customer_email,
    )
    return None if row is None else row.status


async def message_by_id(session: Session, org_id: OrgId, message_id: UUID) -> Message | None:
    return await session.fetch_one(
        "messages.message_by_id", Message, org_id=org_id, message_id=message_id
    )


class UnsentMessage(Struct, frozen=True):
    """An e-mail that the mail server refused for its recipient, or that was one too many."""

    org_id: OrgId
    message_id: UUID
    kind: EmailKind
    recipient: str
    status: MessageStatus
    last_error: str
    created_at: datetime


async def unsent_messages(session: Session, *, status: str | None = None) -> list[UnsentMessage]:
    """Undeliverable and rate-limited e-mails of all organisations, the newest."""
    return await session.fetch(
        "messages.unsent_messages",
        UnsentMessage,
        status=status,
        messages_max=UNSENT_MESSAGES_LISTED_MAX,
    )

"""E-mails for screens."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT
from fullhouse.booking.model.booking import Booking
from fullhouse.kernel.ids import INSTALLATION, OrgId
from fullhouse.kernel.position import NEWEST, TimePosition
from fullhouse.messages.limits import UNSENT_MESSAGES_LISTED_MAX
from fullhouse.messages.model import (
    RETRYABLE,
    EmailKind,
    Message,
    MessageChannel,
    MessageStatus,
    Route,
    UnsentStatus,
)
from fullhouse.messages.model.channels import ChannelName
from fullhouse.storage.database import Session

_NO_MESSAGE: Final = UUID(int=0)
_QUERIES: Final = {
    (): "messages.messages_by_time",
    ("kind",): "messages.messages_of_kind",
    ("status", "kind"): "messages.messages_not_sent",
}
"""By what a search filters by."""


class MessageSummary(Struct, frozen=True):
    """A line of the list of e-mails. `ref` is the booking's; None for one about a waiting list."""

    org_id: OrgId
    message_id: UUID
    kind: EmailKind
    recipient: str
    subject: str
    status: MessageStatus
    created_at: datetime
    sent_at: datetime | None
    last_error: str
    ref: str | None
    channel: MessageChannel
    route: Route
    acknowledged_at: datetime | None

    @property
    def position(self) -> TimePosition:
        return TimePosition(self.created_at, self.message_id)


class MessageSearch(Struct, frozen=True, kw_only=True):
    """Which e-mails, from which position on."""

    kind: EmailKind | None = None
    status: UnsentStatus | None = None
    after: TimePosition | None = None
    limit: int = PAGE_ROWS_DEFAULT


async def find_messages(
    session: Session, org_id: OrgId, search: MessageSearch
) -> list[MessageSummary]:
    """The organisation's e-mails, newest first. Each kind of search has an index."""
    after = search.after or NEWEST
    values: dict[str, object] = {}
    if search.status is not None:
        values = {"status": search.status, "kind": search.kind}
    elif search.kind is not None:
        values = {"kind": search.kind}
    return await session.fetch(
        _QUERIES[tuple(values)],
        MessageSummary,
        org_id=org_id,
        after_created_at=after.at,
        after_message_id=after.row_id,
        limit=search.limit,
        **values,
    )


class FailingChannel(Struct, frozen=True):
    """A channel that takes no messages."""

    channel: ChannelName
    failing_since: datetime


class _UnsentRow(Struct, frozen=True):
    status: UnsentStatus | None
    channel: ChannelName | None
    messages: int
    failing_since: datetime | None


class Unsent(Struct, frozen=True):
    """What was not sent and could be, by its status, and what may be why."""

    messages: dict[UnsentStatus, int]
    failing: tuple[FailingChannel, ...]


async def unsent_since(session: Session, org_id: OrgId, since: datetime) -> Unsent:
    """E-mails since then that were not sent, and the channels that fail now."""
    found = await session.fetch(
        "messages.unsent_since",
        _UnsentRow,
        org_id=org_id,
        since=since,
        statuses=sorted(RETRYABLE),
    )
    return Unsent(
        {row.status: row.messages for row in found if row.status is not None},
        tuple(
            FailingChannel(row.channel, row.failing_since)
            for row in found
            if row.channel is not None and row.failing_since is not None
        ),
    )


async def message_summary(
    session: Session, org_id: OrgId, message_id: UUID
) -> MessageSummary | None:
    return await session.fetch_one(
        "messages.message_summary", MessageSummary, org_id=org_id, message_id=message_id
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


async def unsent_messages(
    session: Session, *, status: str | None = None, after: UnsentMessage | None = None
) -> list[UnsentMessage]:
    """Undeliverable and rate-limited e-mails of all organisations, the newest, or behind one."""
    return await session.fetch(
        "messages.unsent_messages",
        UnsentMessage,
        status=status,
        created_until=after.created_at if after else NEWEST.at,
        after_org_id=after.org_id if after else INSTALLATION,
        after_message_id=after.message_id if after else _NO_MESSAGE,
        messages_max=UNSENT_MESSAGES_LISTED_MAX,
    )

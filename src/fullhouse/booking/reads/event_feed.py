"""The events of an organisation in the order of commits, page by page, for programs that follow.

As the relay, a page reads only transactions older than every open one: an event that commits late
comes late, and none is skipped. There is no index by organisation, which every booking would pay
for. A page goes through a bounded part of the history of all, and may so be empty before the end.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from fullhouse.booking.limits import FEED_EVENTS_SCANNED_MAX
from fullhouse.jobs.event_positions import (
    BEGINNING,
    EventPosition,
    committed_until,
    is_event_position,
)
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database


class FeedRow(msgspec.Struct, frozen=True):
    """An event; `ref` is that of the booking which is its subject."""

    seq: int
    xid: int
    kind: str
    subject: UUID
    payload: dict[str, object]
    actor: str
    correlation_id: UUID
    at: datetime
    ref: str | None


class FeedPage(msgspec.Struct, frozen=True):
    """Events, the position to go on from, and whether more are known to follow."""

    events: Sequence[FeedRow]
    position: EventPosition
    has_more: bool


async def events_after(
    database: Database, org_id: OrgId, after: EventPosition, *, kinds: Sequence[str], limit: int
) -> FeedPage | None:
    """The next page; None when there is no event at `after`, as in a history restored since."""
    async with database.unrestricted.session() as session:  # positions are those of all events
        if after != BEGINNING and not await is_event_position(session, after):
            return None
        end = await committed_until(session, after, events_max=FEED_EVENTS_SCANNED_MAX)
    if end is None:
        return FeedPage((), after, has_more=False)
    async with database.session() as session:
        found = await session.fetch(
            "booking.events_of_organisation",
            FeedRow,
            org_id=org_id,
            xid=after.xid,
            seq=after.seq,
            to_xid=end.xid,
            to_seq=end.seq,
            kinds=list(kinds),
            limit=limit,
        )
    if len(found) == limit:
        return FeedPage(found, EventPosition(found[-1].xid, found[-1].seq), has_more=True)
    is_window_full = end.events == FEED_EVENTS_SCANNED_MAX
    return FeedPage(found, EventPosition(end.xid, end.seq), has_more=is_window_full)

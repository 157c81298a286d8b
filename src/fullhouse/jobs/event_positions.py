"""Positions in the history of all organisations, in the order of commits."""

from typing import Final

from msgspec import Struct

from fullhouse.storage.database import Session


class EventPosition(Struct, frozen=True):
    """The commit position of an event."""

    xid: int
    seq: int


class BatchEnd(EventPosition, frozen=True):
    """The commit position of the last event of the next batch, and the size of the batch."""

    events: int


BEGINNING: Final = EventPosition(0, 0)


async def committed_until(
    session: Session, after: EventPosition, *, events_max: int
) -> BatchEnd | None:
    """The end of the next events in commit order, of transactions older than every open one."""
    return await session.fetch_one(
        "jobs.batch_end", BatchEnd, xid=after.xid, seq=after.seq, events_max=events_max
    )


async def is_event_position(session: Session, position: EventPosition) -> bool:
    """Whether there is an event at this position: a restored history has others."""
    return bool(
        await session.fetch_value(
            "jobs.is_event_position", bool, xid=position.xid, seq=position.seq
        )
    )


async def last_position(session: Session) -> EventPosition:
    """Where a follower begins that wants no history."""
    return await session.fetch_one("jobs.last_event_position", EventPosition) or BEGINNING

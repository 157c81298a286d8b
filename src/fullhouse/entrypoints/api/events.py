"""Events: what has happened, for programs that follow the business."""

import base64
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from fullhouse.booking.reads.event_feed import FeedPage, events_after
from fullhouse.entrypoints.outputs.events import FEED_KINDS, EventListResponse
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.http.request import whole_number
from fullhouse.jobs.event_positions import BEGINNING, EventPosition, last_position
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.storage.database import Database

LATEST: Final = "latest"
_RESTORED: Final = (
    "The history was restored since. Begin again without `after`; events have the `id` they had."
)


class EventsQuery(msgspec.Struct, frozen=True):
    """Where to go on in the history."""

    after: Annotated[
        str,
        Meta(
            max_length=64,
            description="`next` of the page before; `latest` to begin with what happens from now "
            "on. Left out, the history begins at its beginning.",
            examples=[LATEST],
        ),
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=PAGE_ROWS_MAX)] = PAGE_ROWS_DEFAULT


@dataclass(frozen=True, slots=True)
class Events:
    """Lists the events of an organisation."""

    database: Database
    tag: ClassVar[str] = "Events"

    @operation("GET", "/api/v1/{org}/events", allow=Permission.VIEW_BOOKINGS)
    async def list_events(self, org: OrgContext, query: EventsQuery) -> EventListResponse:
        """List what has happened since, in the order of commits.

        No event is skipped, and none comes twice, however long you wait between two calls: keep
        `next` with what you have done. A page may have fewer events than the limit, or none: ask
        again at once when `more` is true, else after some seconds. Events hold no personal data;
        read the booking by its `ref`.
        """
        if query.after == LATEST:
            async with self.database.unrestricted.session() as session:
                page = FeedPage((), await last_position(session), has_more=False)
        else:
            found = await events_after(
                self.database,
                org.org_id,
                position_after(query.after),
                kinds=FEED_KINDS,
                limit=query.limit,
            )
            if found is None:
                raise InvalidInput(_RESTORED, field="after")
            page = found
        return EventListResponse.of(page, cursor=event_cursor(page.position))


def event_cursor(position: EventPosition) -> str:
    """The position as text: opaque to clients, and no secret."""
    return base64.urlsafe_b64encode(f"{position.xid}.{position.seq}".encode()).decode().rstrip("=")


def position_after(cursor: str) -> EventPosition:
    """Raises `InvalidInput` for a cursor that no page gave; an empty one is the beginning."""
    if not cursor:
        return BEGINNING
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
    except ValueError:
        text = ""
    xid, _, seq = text.partition(".")
    numbers = whole_number(xid), whole_number(seq)
    if numbers[0] is None or numbers[1] is None:
        raise InvalidInput("Use the `next` of the page before.", field="after")
    return EventPosition(numbers[0], numbers[1])

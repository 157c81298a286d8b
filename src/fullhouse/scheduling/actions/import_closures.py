"""Import closures: a calendar file says when the venue is shut, again and again the same way."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from fullhouse.booking.actions.telling import Deed, Fact, record
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.limits import SLUG_CHARACTERS_MAX
from fullhouse.people.model import Venue, VenueId, is_slug
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.scheduling import events
from fullhouse.scheduling.limits import CALENDAR_DAYS_AHEAD
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise, offerings_at
from fullhouse.scheduling.model.calendar_file import read_closures
from fullhouse.scheduling.model.closures import Closure, ClosureId
from fullhouse.scheduling.model.wall_time import wall_at
from fullhouse.storage.database import Database, Session


@dataclass(frozen=True, slots=True)
class Imported:
    """How many closures are new, changed, gone and as they were; and what became of the slots."""

    added: int
    changed: int
    removed: int
    unchanged: int
    offerings: tuple[MaterialisationResult, ...]


@dataclass(frozen=True, slots=True)
class KnownClosure:
    """A closure as stored."""

    closure_id: ClosureId
    starts_at: datetime
    ends_at: datetime
    reason: str
    source: Literal["owner", "calendar"]
    uid: str


@dataclass(frozen=True, slots=True)
class ImportClosures:
    """Makes a venue's closures of one calendar those of the file, neither more nor fewer.

    A venue may have several calendars, each under a name of its own; the closures of the others,
    and the owner's, stay as they are. What is over is left alone.
    """

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(
        self,
        org_id: OrgId,
        venue_id: VenueId,
        file: bytes,
        *,
        caller: Caller,
        calendar: str = "closures",
    ) -> Imported:
        """Raises `CalendarInvalid` (with the line), `UnknownVenue` and `InvalidInput`."""
        if not is_slug(calendar) or len(calendar) > SLUG_CHARACTERS_MAX:
            message = "A calendar's name is lower-case letters, digits and single hyphens."
            raise InvalidInput(message, field="calendar")
        deed = Deed(org_id, caller, self.clock.now())
        async with self.database.session() as session:
            venue = await venue_by_id(session, org_id, venue_id)
        if venue is None:
            raise UnknownVenue(venue=venue_id)
        # A large file takes a second to read, and the loop has guests to answer meanwhile
        found = await asyncio.to_thread(_coming, venue, file, deed.at)
        async with self.database.transaction() as session:
            counts = await self._replace(session, venue, found, prefix=f"{calendar}/")
            fact = Fact(events.CLOSURES_IMPORTED, venue_id, {"calendar": calendar, **counts})
            await record(session, deed, [fact])
            offerings = await offerings_at(session, org_id, venue_id)
            done = await materialise(session, deed, offerings)
        return Imported(**counts, offerings=done)

    async def _replace(
        self, session: Session, venue: Venue, found: Sequence[Closure], *, prefix: str
    ) -> dict[str, int]:
        of_venue = {"org_id": venue.org_id, "venue_id": venue.venue_id}
        known = {
            (closure.uid, closure.starts_at): closure
            for closure in await session.fetch(
                "scheduling.closures_of_calendar",
                KnownClosure,
                **of_venue,
                prefix=prefix,
                since=wall_at(self.clock.now(), ZoneInfo(venue.zone)),
            )
        }
        said = {(prefix + closure.uid, closure.starts_at): closure for closure in found}
        gone = [closure.closure_id for at, closure in known.items() if at not in said]
        if gone:
            await session.execute("scheduling.drop_closures", org_id=venue.org_id, closure_ids=gone)
        written = {at: closure for at, closure in said.items() if _differs(closure, known.get(at))}
        if written:
            await session.execute(
                "scheduling.write_closures",
                **of_venue,
                closure_ids=[self.ids.uuid() for _ in written],
                starts=[starts_at for _, starts_at in written],
                ends=[closure.ends_at for closure in written.values()],
                reasons=[closure.reason for closure in written.values()],
                uids=[uid for uid, _ in written],
            )
        added = sum(at not in known for at in written)
        return {
            "added": added,
            "changed": len(written) - added,
            "removed": len(gone),
            "unchanged": len(said) - len(written),
        }


def _coming(venue: Venue, file: bytes, now: datetime) -> tuple[Closure, ...]:
    zone = ZoneInfo(venue.zone)
    first = wall_at(now, zone)
    return read_closures(file, zone, first=first, last=first + timedelta(days=CALENDAR_DAYS_AHEAD))


def _differs(said: Closure, known: KnownClosure | None) -> bool:
    return known is None or (said.ends_at, said.reason) != (known.ends_at, known.reason)

"""Import closures: a calendar file says when the venue is shut, again and again the same way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.limits import SLUG_CHARACTERS_MAX
from fullhouse.people.model import Venue, VenueId, is_slug
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.scheduling.events import ClosuresImported
from fullhouse.scheduling.materialisation import (
    MaterialisationResult,
    materialise,
    offerings_at,
    require_room_for_closures,
    slots_with_bookings,
)
from fullhouse.scheduling.model.closures import Closure, ClosureRow
from fullhouse.scheduling.model.slot_review import SlotNeedingReview
from fullhouse.scheduling.model.wall_time import wall_at
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Imported:
    """How many closures are new, changed, gone and as they were; and what became of the slots.

    `slots_with_bookings` were open, and are closed now with guests in them.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    offerings: tuple[MaterialisationResult, ...]
    slots_with_bookings: tuple[SlotNeedingReview, ...]


@dataclass(frozen=True, slots=True)
class ImportClosures:
    """Makes a venue's closures of one calendar those of the file, neither more nor fewer.

    A venue may have several calendars, each under a name of its own; the closures of the others,
    and the owner's, stay as they are. What is over is left alone.
    """

    ids: Ids

    async def __call__(
        self,
        uow: UnitOfWork,
        venue_id: VenueId,
        closures: Sequence[Closure],
        *,
        calendar: str = "closures",
    ) -> Imported:
        """`closures` come from `ReadCalendarFile`.

        Raises `UnknownVenue`, `InvalidInput` and `TooManyClosures`.
        """
        if not is_slug(calendar) or len(calendar) > SLUG_CHARACTERS_MAX:
            message = "A calendar's name is lower-case letters, digits and single hyphens."
            raise InvalidInput(message, field="calendar")
        venue = await venue_by_id(uow.session, uow.org_id, venue_id)
        if venue is None:
            raise UnknownVenue(venue=venue_id)
        counts = await self._replace(uow, venue, closures, prefix=f"{calendar}/")
        await require_room_for_closures(uow, venue)
        uow.record(venue_id, ClosuresImported(calendar=calendar, **counts))
        if counts["unchanged"] == sum(counts.values()):
            return Imported(**counts, offerings=(), slots_with_bookings=())
        offerings = await offerings_at(uow.session, uow.org_id, venue_id)
        results = await materialise(uow, offerings)
        closed = [slot_id for result in results for slot_id in result.off_schedule]
        with_bookings = await slots_with_bookings(uow.session, uow.org_id, closed)
        return Imported(**counts, offerings=results, slots_with_bookings=tuple(with_bookings))

    async def preview(
        self,
        uow: UnitOfWork,
        venue_id: VenueId,
        closures: Sequence[Closure],
        *,
        calendar: str = "closures",
    ) -> Imported:
        """What an import would do, found out by doing it and taking it back. Raises as it does."""
        async with uow.taken_back():
            return await self(uow, venue_id, closures, calendar=calendar)

    async def _replace(
        self, uow: UnitOfWork, venue: Venue, found: Sequence[Closure], *, prefix: str
    ) -> dict[str, int]:
        since = wall_at(uow.now, ZoneInfo(venue.zone))
        of_venue = {"org_id": venue.org_id, "venue_id": venue.venue_id}
        known = {
            row.closure.key: row
            for row in await uow.session.fetch(
                "scheduling.closures_of_calendar",
                ClosureRow,
                **of_venue,
                prefix=prefix,
                since=since,
            )
        }
        of_calendar = [replace(closure, uid=prefix + closure.uid) for closure in found]
        said = {closure.key: closure for closure in of_calendar}
        gone = [row.closure_id for key, row in known.items() if key not in said]
        if gone:
            await uow.session.execute(
                "scheduling.drop_closures", org_id=venue.org_id, closure_ids=gone
            )
        same = {
            key
            for key, row in known.items()
            if key in said and row.closure.ahead(since) == said[key].ahead(since)
        }
        written = [closure for key, closure in said.items() if key not in same]
        if written:
            await uow.session.execute(
                "scheduling.write_closures",
                **of_venue,
                closure_ids=[self.ids.uuid() for _ in written],
                starts=[closure.starts_at for closure in written],
                ends=[closure.ends_at for closure in written],
                untils=[closure.until for closure in written],
                reasons=[closure.reason for closure in written],
                uids=[closure.uid for closure in written],
                recurrences=[msgspec.to_builtins(closure.recurrence) for closure in written],
            )
        added = sum(closure.key not in known for closure in written)
        return {
            "added": added,
            "changed": len(written) - added,
            "removed": len(gone),
            "unchanged": len(said) - len(written),
        }

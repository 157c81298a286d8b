"""Import closures: a calendar file says when the venue is shut, again and again the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

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
)
from fullhouse.scheduling.model.closures import Closure, ClosureId
from fullhouse.scheduling.model.wall_time import wall_at
from fullhouse.storage.unit_of_work import UnitOfWork


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
            return Imported(**counts, offerings=())
        offerings = await offerings_at(uow.session, uow.org_id, venue_id)
        return Imported(**counts, offerings=await materialise(uow, offerings))

    async def _replace(
        self, uow: UnitOfWork, venue: Venue, found: Sequence[Closure], *, prefix: str
    ) -> dict[str, int]:
        of_venue = {"org_id": venue.org_id, "venue_id": venue.venue_id}
        known = {
            (closure.uid, closure.starts_at): closure
            for closure in await uow.session.fetch(
                "scheduling.closures_of_calendar",
                KnownClosure,
                **of_venue,
                prefix=prefix,
                since=wall_at(uow.now, ZoneInfo(venue.zone)),
            )
        }
        said = {(prefix + closure.uid, closure.starts_at): closure for closure in found}
        gone = [closure.closure_id for at, closure in known.items() if at not in said]
        if gone:
            await uow.session.execute(
                "scheduling.drop_closures", org_id=venue.org_id, closure_ids=gone
            )
        written = {at: closure for at, closure in said.items() if _differs(closure, known.get(at))}
        if written:
            await uow.session.execute(
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


def _differs(said: Closure, known: KnownClosure | None) -> bool:
    return known is None or (said.ends_at, said.reason) != (known.ends_at, known.reason)

"""The catalogue: offerings, their venues and the immutable part of slots, cached."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import msgspec

from fullhouse.booking import errors, limits
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.booking.model.picture import OfferingPicture
from fullhouse.booking.model.price_categories import PriceCategory
from fullhouse.booking.model.questions import Question
from fullhouse.booking.model.slot import SlotId, SlotIdentity
from fullhouse.booking.model.translated_texts import OfferingTexts
from fullhouse.concurrency.batcher import Batcher
from fullhouse.concurrency.single_flight import SingleFlight
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.memory import row_bytes
from fullhouse.people.model import Venue, VenueId
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.resilience.bounded import BoundedDict, ByteBoundedMap
from fullhouse.resilience.last_known import LastKnown
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import DATABASE_RULES


@dataclass(slots=True)
class CachedCatalogue:
    """Caches what rarely or never changes; `invalidate` it when an offering has changed.

    All who miss an offering at the same moment share one read: in a rush a change by the owner
    makes a thousand miss. A read that began before an invalidation serves none who came after it.
    While the database is away, what pages need is answered from what was read last.
    """

    database: Database
    clock: Clock
    _slots: BoundedDict[tuple[OrgId, SlotId], SlotIdentity] = field(init=False)
    _ids: BoundedDict[tuple[OrgId, str], OfferingId] = field(init=False)
    _offerings: ByteBoundedMap[tuple[OrgId, OfferingId], Offering] = field(init=False)
    _venues: ByteBoundedMap[tuple[OrgId, UUID], Venue] = field(init=False)
    _generation: int = 0
    _offering_reads: SingleFlight[Offering] = field(default_factory=SingleFlight)
    _venue_reads: SingleFlight[Venue] = field(default_factory=SingleFlight)
    _last_offerings: LastKnown[tuple[OrgId, str], Offering] = field(init=False)
    _last_venues: LastKnown[tuple[OrgId, UUID], Venue] = field(init=False)
    _last_lists: LastKnown[OrgId, list[Offering]] = field(init=False)
    _read_slot: Batcher[tuple[OrgId, SlotId], SlotIdentity | None] = field(init=False)

    def __post_init__(self) -> None:
        self._slots = BoundedDict(limits.SLOTS_CACHED_MAX)
        self._ids = BoundedDict(limits.OFFERINGS_CACHED_MAX)
        self._offerings = ByteBoundedMap(limits.OFFERINGS_BYTES_MAX, offering_bytes)
        self._venues = ByteBoundedMap(limits.OFFERINGS_BYTES_MAX, row_bytes)
        self._last_offerings = LastKnown(limits.OFFERINGS_BYTES_MAX, offering_bytes)
        self._last_venues = LastKnown(limits.OFFERINGS_BYTES_MAX, row_bytes)
        self._last_lists = LastKnown(
            limits.OFFERINGS_BYTES_MAX, lambda listed: sum(map(offering_bytes, listed))
        )
        self._read_slot = Batcher(self._read_slots, limits.SLOTS_READ_MAX, isolate=DATABASE_RULES)

    async def offering(self, org_id: OrgId, slug: str) -> Offering:
        """Raises `UnknownOffering`."""
        known = self._ids.get((org_id, slug))
        if known is not None and (offering := self._offerings.get((org_id, known))) is not None:
            return offering
        key = (self._generation, org_id, slug)
        read = partial(self._read_by_slug, org_id, slug)
        return await self._last_offerings.read(
            (org_id, slug), partial(self._offering_reads, key, read)
        )

    async def offering_by_id(self, org_id: OrgId, offering_id: OfferingId) -> Offering:
        """Raises `UnknownOffering`."""
        known = self._offerings.get((org_id, offering_id))
        if known is not None:
            return known
        key = (self._generation, org_id, offering_id)
        return await self._offering_reads(key, partial(self._read_by_id, org_id, offering_id))

    def validity(self, offering: Offering) -> Callable[[], bool]:
        """Whether an offering that was returned, and its venue, are still those in memory."""
        key, generation = (offering.org_id, offering.offering_id), self._generation
        if self._offerings.get(key) is not offering:
            return lambda: False
        return lambda: self._generation == generation

    async def offerings(self, org_id: OrgId) -> list[Offering]:
        """Return the published offerings, in the owner's order."""
        return await self._last_lists.read(org_id, partial(self._read_published, org_id))

    async def venue(self, org_id: OrgId, venue_id: UUID) -> Venue:
        known = self._venues.get((org_id, venue_id))
        if known is not None:
            return known
        key = (self._generation, org_id, venue_id)
        read = partial(self._read_venue, org_id, venue_id)
        return await self._last_venues.read(
            (org_id, venue_id), partial(self._venue_reads, key, read)
        )

    async def slots(self, org_id: OrgId, slot_ids: Sequence[SlotId]) -> tuple[SlotIdentity, ...]:
        """Return the slots in the order of `slot_ids`; raises `UnknownSlot`."""
        found = {slot_id: self._slots.get((org_id, slot_id)) for slot_id in slot_ids}
        missing = [slot_id for slot_id, slot in found.items() if slot is None]
        if missing:
            found.update(zip(missing, await self._missing_slots(org_id, missing), strict=True))
        slots = tuple([slot for slot_id in slot_ids if (slot := found[slot_id]) is not None])
        if len(slots) < len(slot_ids):
            raise errors.UnknownSlot
        return slots

    async def slots_of(self, booking: Booking) -> tuple[BookedSlot, ...]:
        """Return the slots of a booking; its whole span when it has ended and its slot is gone."""
        try:
            slots = await self.slots(booking.org_id, [SlotId(slot) for slot in booking.slots])
        except errors.UnknownSlot:
            return (BookedSlot(SlotId(booking.slots[0]), booking.starts_at, booking.ends_at),)
        return tuple(BookedSlot(slot.slot_id, slot.starts_at, slot.ends_at) for slot in slots)

    def add_slots(self, slots: Sequence[SlotIdentity]) -> None:
        """Cache these slots, and drop the oldest beyond `SLOTS_CACHED_MAX`."""
        for slot in slots:
            self._slots[slot.org_id, slot.slot_id] = slot

    def invalidate(self, org_id: OrgId, offering_id: OfferingId) -> None:
        """Drop an offering and its venue: one of them has changed."""
        self._generation += 1
        offering = self._offerings.pop((org_id, offering_id))
        if offering is not None:
            self._venues.pop((org_id, offering.venue_id))
            self._ids.pop((org_id, offering.slug), None)

    def invalidate_all(self) -> None:
        self._generation += 1
        self._offerings.clear()
        self._venues.clear()
        self._ids.clear()

    async def _read_published(self, org_id: OrgId) -> list[Offering]:
        async with self.database.session() as session:
            return [o for o in await offerings_of(session, org_id) if o.published]

    async def _read_by_slug(self, org_id: OrgId, slug: str) -> Offering:
        before = self._generation
        async with self.database.session() as session:
            return self._add(await offering_by_slug(session, org_id, slug), before)

    async def _read_by_id(self, org_id: OrgId, offering_id: OfferingId) -> Offering:
        before = self._generation
        async with self.database.session() as session:
            return self._add(await offering_by_id(session, org_id, offering_id), before)

    async def _read_venue(self, org_id: OrgId, venue_id: UUID) -> Venue:
        before = self._generation
        async with self.database.session() as session:
            venue = await venue_by_id(session, org_id, VenueId(venue_id))
        assert venue is not None, "an offering's venue exists by its foreign key"
        if before == self._generation:
            self._venues[org_id, venue_id] = venue
        return venue

    async def _missing_slots(
        self, org_id: OrgId, slot_ids: Sequence[SlotId]
    ) -> list[SlotIdentity | None]:
        """Read one slot together with those that other requests want at the same moment."""
        if len(slot_ids) == 1:
            return [await self._read_slot((org_id, slot_ids[0]))]
        return await self._read_slots([(org_id, slot_id) for slot_id in slot_ids])

    async def _read_slots(self, keys: Sequence[tuple[OrgId, SlotId]]) -> list[SlotIdentity | None]:
        found: list[SlotIdentity] = []
        async with self.database.session() as session:
            # A session shows the rows of one organisation at a time
            for org_id, of_organisation in groupby(sorted(keys), key=itemgetter(0)):
                found += await session.fetch(
                    "booking.slot_identities",
                    SlotIdentity,
                    org_id=org_id,
                    slot_ids=[slot_id for _, slot_id in of_organisation],
                )
        self.add_slots(found)
        by_key = {(slot.org_id, slot.slot_id): slot for slot in found}
        return [by_key.get(key) for key in keys]

    def _add(self, offering: Offering | None, generation: int) -> Offering:
        """Cache an offering, unless one was invalidated while it was read: it may be outdated."""
        if offering is None:
            raise errors.UnknownOffering
        if generation != self._generation:
            return offering
        self._offerings[offering.org_id, offering.offering_id] = offering
        self._ids[offering.org_id, offering.slug] = offering.offering_id
        return offering


def offering_of(row: Offering) -> Offering:
    """The offering of a row, whose questions, prices and translations are plain JSON still."""
    return replace(
        row,
        questions=msgspec.convert(row.questions, tuple[Question, ...]),
        price_categories=msgspec.convert(row.price_categories, tuple[PriceCategory, ...]),
        translations=msgspec.convert(row.translations, tuple[OfferingTexts, ...]),
        more_pictures=msgspec.convert(row.more_pictures, tuple[OfferingPicture, ...]),
    )


def offering_bytes(offering: Offering) -> int:
    """The memory of an offering: each question is a few dozen objects and their texts."""
    texts, pictures = offering.translations, offering.more_pictures
    nested = (offering.questions, offering.price_categories, texts, pictures)
    return row_bytes(offering) + 4 * len(msgspec.json.encode(nested))


async def offering_by_slug(session: Session, org_id: OrgId, slug: str) -> Offering | None:
    row = await session.fetch_one("booking.offering_by_slug", Offering, org_id=org_id, slug=slug)
    return None if row is None else offering_of(row)


async def offering_by_id(
    session: Session, org_id: OrgId, offering_id: OfferingId
) -> Offering | None:
    row = await session.fetch_one(
        "booking.offering_by_id", Offering, org_id=org_id, offering_id=offering_id
    )
    return None if row is None else offering_of(row)


async def lock_offering(
    session: Session, org_id: OrgId, offering_id: OfferingId
) -> Offering | None:
    """Return an offering that nobody else changes until the transaction ends."""
    row = await session.fetch_one(
        "booking.lock_offering", Offering, org_id=org_id, offering_id=offering_id
    )
    return None if row is None else offering_of(row)


async def offerings_of(session: Session, org_id: OrgId) -> list[Offering]:
    """Return all offerings of an organisation, published or not, in the owner's order."""
    rows = await session.fetch("booking.offerings_of", Offering, org_id=org_id)
    return [offering_of(row) for row in rows]

"""Search of bookings by text, day, status and offering, page by page in one of three orders.

The text is a part of a reference, name, e-mail address or phone number, of which the digits count:
people write `(312) 555-0123` for the stored `+13125550123`. It is compared while the index of the
order is read, which ends with the page: no index of texts slows down a sale. Measured on an
organisation with 20,000 bookings: 0.4 ms a page; 25 ms for a text that no booking has, which reads
them all.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import UnknownBooking, UnknownOffering
from fullhouse.booking.limits import PAGE_ROWS_DEFAULT, SEARCH_LATELY_MINUTES
from fullhouse.booking.model.booking import OF_CUSTOMERS, Booking, Status
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.kernel.ids import REFERENCE_LENGTH, OrgId, earliest_id
from fullhouse.kernel.position import TimePosition
from fullhouse.kernel.timespan import EARLIEST, LATEST, midnight
from fullhouse.people.model import Venue
from fullhouse.people.model.spelling import spelled
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database

BookingOrder = Literal["-created", "time", "-time"]
_QUERIES: Final[dict[BookingOrder, str]] = {
    "time": "booking.bookings_by_time",
    "-time": "booking.bookings_by_time_descending",
    "-created": "booking.bookings_by_creation",
}
LISTED: Final[tuple[Status, ...]] = (*OF_CUSTOMERS, "held")
"""Statuses that a search can ask for."""

_PHONE: Final = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[0-9 +()./-]+")
_LATELY: Final = timedelta(minutes=SEARCH_LATELY_MINUTES)
_LAST_REFERENCE: Final = "Z" * REFERENCE_LENGTH
_SMALLEST_ID: Final = UUID(int=0)
_LARGEST_ID: Final = UUID(int=(1 << 128) - 1)


def position_of(booking: Booking) -> TimePosition:
    """The position after a booking."""
    return TimePosition(booking.starts_at, booking.booking_id)


class BookingSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which bookings, in which order, from which position on."""

    text: str = ""
    day: date | None = None
    """The day of the start, in the time zone of the organisation's first venue."""
    last_day: date | None = None
    """With `day` the last of a range of days, else the last day of all."""
    party: int | None = None
    source: str | None = None
    """The `utm_source` that the booking came from."""
    statuses: Sequence[Status] = OF_CUSTOMERS
    offering_id: OfferingId | None = None
    order: BookingOrder = "-created"
    after: TimePosition | None = None
    limit: int = PAGE_ROWS_DEFAULT


class BookingMatch(msgspec.Struct, frozen=True):
    """A booking with its offering and venue."""

    booking: Booking
    offering: Offering
    venue: Venue


class BookingSearches(msgspec.Struct, frozen=True):
    """Searches the bookings of an organisation."""

    database: Database
    catalogue: CachedCatalogue

    async def search(self, org_id: OrgId, search: BookingSearch) -> list[BookingMatch]:
        is_ascending = search.order == "time"
        after = search.after or TimePosition(
            EARLIEST if is_ascending else LATEST, _SMALLEST_ID if is_ascending else _LARGEST_ID
        )
        position: dict[str, object] = {"after_booking_id": after.row_id}
        if search.order != "-created":
            position["after_starts_at"] = after.at
        first, last = await self._span(org_id, search)
        async with self.database.scans.lease(self.database.session(), org_id) as session:
            found = await session.fetch(
                _QUERIES[search.order],
                Booking,
                first=first,
                last=last,
                limit=search.limit,
                **_conditions(org_id, search),
                **position,
            )
        return [await self.match(booking) for booking in found]

    async def among(
        self,
        org_id: OrgId,
        search: BookingSearch,
        candidates: Sequence[UUID],
        *,
        known_until: datetime,
    ) -> list[BookingMatch]:
        """As `search`, but only of these bookings, those made lately, and those by reference.

        The candidates are whatever an index of texts elsewhere knows. It knows the bookings made
        `SEARCH_LATELY_MINUTES` before `known_until`: a booking has its id before it is committed.
        """
        first, last = await self._span(org_id, search)
        prefix = search.text.strip().upper()
        async with self.database.session() as session:
            found = await session.fetch(
                "booking.bookings_among",
                Booking,
                booking_ids=list(candidates),
                since_booking_id=earliest_id(known_until - _LATELY),
                ref_first=prefix,
                ref_last=f"{prefix}{_LAST_REFERENCE}",
                first=first,
                last=last,
                **_conditions(org_id, search),
            )
        by_time, is_ascending = search.order != "-created", search.order == "time"
        rows = {_key(one.starts_at, one.booking_id, by_time=by_time): one for one in found}
        if (after := search.after) is not None:
            passed = _key(after.at, after.row_id, by_time=by_time)
            rows = {
                key: row
                for key, row in rows.items()
                if (key > passed if is_ascending else key < passed)
            }
        shown = sorted(rows, reverse=not is_ascending)[: search.limit]
        return [await self.match(rows[key]) for key in shown]

    async def by_ref(self, org_id: OrgId, ref: str) -> BookingMatch:
        """Raises `UnknownBooking`."""
        for booking in await self.by_refs(org_id, (ref,)):
            return await self.match(booking)
        raise UnknownBooking

    async def by_refs(self, org_id: OrgId, refs: Sequence[str]) -> list[Booking]:
        """The bookings that have these references, in any order and in any case of letters."""
        upper = [ref.upper() for ref in refs]
        async with self.database.session() as session:
            return await session.fetch(
                "booking.bookings_by_refs", Booking, org_id=org_id, refs=upper
            )

    async def _span(self, org_id: OrgId, search: BookingSearch) -> tuple[datetime, datetime]:
        """The day at the venue of the offering, or at the first venue when none is chosen."""
        if search.day is None and search.last_day is None:
            return EARLIEST, LATEST
        zone = await self._zone(org_id, search.offering_id)
        last = search.last_day or search.day
        assert last is not None, "one of the days is given"
        first = EARLIEST if search.day is None else midnight(search.day, zone)
        return first, midnight(last + timedelta(days=1), zone)

    async def _zone(self, org_id: OrgId, offering_id: OfferingId | None) -> str:
        if offering_id is not None:
            with suppress(UnknownOffering):
                offering = await self.catalogue.offering_by_id(org_id, offering_id)
                return (await self.catalogue.venue(org_id, offering.venue_id)).zone
        async with self.database.session() as session:
            found = await venues(session, org_id)
        return found[0].zone if found else "UTC"

    async def match(self, booking: Booking) -> BookingMatch:
        offering = await self.catalogue.offering_by_id(booking.org_id, booking.offering_id)
        venue = await self.catalogue.venue(booking.org_id, offering.venue_id)
        return BookingMatch(booking, offering, venue)


def _conditions(org_id: OrgId, search: BookingSearch) -> dict[str, object]:
    return {
        "org_id": org_id,
        "statuses": list(search.statuses),
        "offering_id": search.offering_id,
        "party": search.party,
        "source": search.source,
        "text": compared(search.text),
    }


def _key(starts_at: datetime, booking_id: UUID, *, by_time: bool) -> tuple[datetime, int]:
    """What bookings are ordered by; ids grow with the time of creation."""
    return starts_at if by_time else EARLIEST, booking_id.int


def compared(text: str) -> str:
    """The text as it is compared; of a number the digits without the zero of calls at home."""
    if _PHONE.fullmatch(text):
        digits = re.sub("[^0-9]", "", text)
        return digits.lstrip("0") or digits
    return spelled(text)

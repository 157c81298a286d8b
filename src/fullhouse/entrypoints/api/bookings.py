"""Bookings: create, read and list them."""

import base64
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fullhouse.booking import errors
from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.booking.actions.place_booking import PlaceBooking
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.requests import BookingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.reads.bookings import Bookings, BookingView, Page
from fullhouse.entrypoints.api.arguments import OwnBooking
from fullhouse.entrypoints.api.holds import CHANGES_STATUS, TAKES_PLACES
from fullhouse.entrypoints.api.phone_regions import PhoneRegions
from fullhouse.entrypoints.inputs.bookings import BookingsQuery, CreateBookingRequest
from fullhouse.entrypoints.inputs.limits import (
    LISTED_DAYS_DEFAULT,
    LISTED_DAYS_MAX,
)
from fullhouse.entrypoints.outputs.bookings import (
    BookingHistoryResponse,
    BookingListResponse,
    BookingPresenter,
    BookingResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Created
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.timespan import EARLIEST, LATEST, midnight, storable
from fullhouse.people.model import is_slug
from fullhouse.people.model.contact import email_address
from fullhouse.people.model.spelling import spelled
from fullhouse.people.reads.organisations import venues
from fullhouse.scheduling.limits import YEAR_MAX, YEAR_MIN
from fullhouse.scheduling.model.wall_text import day_range
from fullhouse.storage.database import Database

_CONFIRMS: Final = (
    errors.UnknownBooking,
    errors.PossibleDuplicate,
    errors.TooManyBookings,
    *CHANGES_STATUS,
)
"""Errors of confirming a hold."""


@dataclass(frozen=True, slots=True)
class BookingsResource:
    """Creates and shows bookings."""

    place_booking: PlaceBooking
    confirm_hold: ConfirmHold
    bookings: Bookings
    catalogue: CachedCatalogue
    database: Database
    clock: Clock
    presenter: BookingPresenter
    regions: PhoneRegions
    tag: ClassVar[str] = "Bookings"

    @operation(
        "POST",
        "/api/v1/{org}/bookings",
        allow=Permission.BOOK,
        raises=(*TAKES_PLACES, *_CONFIRMS, errors.AnswerMissing, errors.AnswerNotValid),
    )
    async def create_booking(
        self, org: OrgContext, body: CreateBookingRequest
    ) -> Created[BookingResponse]:
        """Book places.

        By `slot`, by several `slots` (all or none), or by a `hold`. The `questions` of the offering
        are answered by `answers`. Without an `Idempotency-Key` the same request of the same
        customer is one booking: a repeat by the same client within a quarter of an hour gets the
        first answer, any other `possible_duplicate`.
        """
        region = await self.regions.region_for(org.org_id, body)
        command = body.read(region=region)
        if isinstance(command, BookingRequest):
            result = await self.place_booking(org.org_id, command, context=org.context)
        else:
            hold_id, details = command
            result = await self.confirm_hold(org.org_id, hold_id, details, context=org.context)
        return Created(self.presenter.outcome(org.organisation, result.outcome), result.replayed)

    @operation("GET", "/api/v1/{org}/bookings/{ref}", allow=Permission.VIEW_BOOKINGS)
    async def get_booking(self, org: OrgContext, booking: OwnBooking) -> BookingResponse:
        """Read one booking."""
        return self.presenter.view(org.organisation, booking)

    @operation("GET", "/api/v1/{org}/bookings/{ref}/history", allow=Permission.VIEW_BOOKINGS)
    async def get_booking_history(self, booking: BookingView) -> BookingHistoryResponse:
        """List what happened to a booking, the oldest first: the last 200 events."""
        stored = booking.booking
        entries = await self.bookings.history(stored.org_id, stored.booking_id)
        return BookingHistoryResponse.of(booking, entries)

    @operation(
        "GET",
        "/api/v1/{org}/bookings",
        allow=Permission.VIEW_BOOKINGS,
        raises=(errors.UnknownOffering,),
    )
    async def list_bookings(self, org: OrgContext, query: BookingsQuery) -> BookingListResponse:
        """List all bookings, page by page.

        Holds too. 31 days when `to` is left out, at most 366; days are those of the offering's
        venue, or of the first venue when no offering is named. A search by reference, name, e-mail
        address, phone number or `updated_since` finds bookings of any day when none is given.
        """
        rows = await self.bookings.page(org.org_id, await self._page(org.org_id, query))
        with suppress(errors.UnknownSlot):  # one query for all of the page, not one a booking
            await self.catalogue.slots(org.org_id, [SlotId(s) for row in rows for s in row.slots])
        shown = [
            self.presenter.view(org.organisation, await self.bookings.view(row))
            for row in rows[: query.limit]
        ]
        more = len(rows) > query.limit
        return BookingListResponse(
            tuple(shown), cursor_after(rows[query.limit - 1]) if more else None
        )

    async def _page(self, org_id: OrgId, query: BookingsQuery) -> Page:
        """One row more than the limit tells whether there is a further page."""
        offering_id, zone = await self._offering_and_zone(org_id, query.offering)
        first, last = self._span(query, zone)
        digits = re.sub("[^0-9]", "", query.phone or "").lstrip("0")
        if query.phone is not None and not digits:
            raise InvalidInput("Send some digits of the number.", field="phone")
        return Page(
            first=first,
            last=last,
            after=None if query.cursor is None else position_of(query.cursor),
            status=query.status,
            offering_id=offering_id,
            ref=query.ref.upper() if query.ref else None,
            email=email_address(query.email) if query.email else None,
            name=spelled(query.name.strip()) if query.name else None,
            phone=digits or None,
            updated_since=query.updated_since and storable(query.updated_since),
            limit=query.limit + 1,
        )

    def _span(self, query: BookingsQuery, zone: str) -> tuple[datetime, datetime]:
        """The days of the query; all there are for a search that names none."""
        if query.is_search:
            return EARLIEST, LATEST
        first, last = day_range(
            query.from_day or self.clock.now().astimezone(ZoneInfo(zone)).date(),
            query.to_day,
            days_default=LISTED_DAYS_DEFAULT,
            days_max=LISTED_DAYS_MAX,
        )
        return midnight(first, zone), midnight(last + timedelta(days=1), zone)

    async def _offering_and_zone(
        self, org_id: OrgId, slug: str | None
    ) -> tuple[OfferingId | None, str]:
        if slug is not None:
            if not is_slug(slug):
                raise errors.UnknownOffering
            offering = await self.catalogue.offering(org_id, slug)
            venue = await self.catalogue.venue(org_id, offering.venue_id)
            return offering.offering_id, venue.zone
        async with self.database.session() as session:
            found = await venues(session, org_id)
        return None, found[0].zone if found else "UTC"


def cursor_after(row: Booking) -> str:
    """The position after a row: opaque to clients, and no secret."""
    at = f"{row.starts_at.astimezone(UTC).isoformat()}|{row.booking_id}"
    return base64.urlsafe_b64encode(at.encode()).decode().rstrip("=")


def position_of(cursor: str) -> tuple[datetime, UUID]:
    """Raises `InvalidInput` for a cursor that no page gave."""
    position = _read_position(cursor)
    if position is None:
        raise InvalidInput("Use the `next` of the page before.", field="cursor")
    return position


def _read_position(cursor: str) -> tuple[datetime, UUID] | None:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.urlsafe_b64decode(padded.encode("ascii")).decode()
        at, _, row_id = text.partition("|")
        instant, booking_id = datetime.fromisoformat(at), UUID(row_id)
    except ValueError:
        return None
    is_valid = instant.tzinfo is not None and YEAR_MIN <= instant.year <= YEAR_MAX
    return (instant, booking_id) if is_valid else None

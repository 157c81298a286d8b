"""Bookings: making one, looking at one, and the owner's list of them."""

import base64
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking import errors
from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.booking.actions.place_booking import PlaceBooking
from fullhouse.booking.availability.availability import midnight
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.limits import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from fullhouse.booking.model.booking import Booking, Status
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.requests import BookingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.reads.bookings import Bookings, Page
from fullhouse.entrypoints.api import refusals
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.availability import FIRST_YEAR, LAST_YEAR
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.finding import Finding
from fullhouse.entrypoints.api.limits import LISTED_DAYS_MAX
from fullhouse.entrypoints.api.operation import Body, Operation, Success
from fullhouse.entrypoints.api.regions import DefaultPhoneRegion
from fullhouse.entrypoints.api.requests import BookingFields, booking_decoder
from fullhouse.entrypoints.api.responses import json_response, write_response
from fullhouse.entrypoints.api.shapes import (
    EXAMPLE_BOOKING,
    EXAMPLE_CUSTOMER,
    EXAMPLE_SLOT,
    BookingShape,
    Cursor,
    TokenQuery,
)
from fullhouse.entrypoints.api.showing import Showing
from fullhouse.entrypoints.http.response import AnyResponse
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import IdempotencyKeyReused
from fullhouse.people.limits import SLUG_CHARACTERS_MAX
from fullhouse.people.model import is_slug
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database

DAYS_DEFAULT: Final = 31
MAKING: Final = (
    errors.UnknownSlot,
    errors.SlotFull,
    errors.SlotClosed,
    errors.SlotPast,
    errors.SlotsNotTogether,
    errors.PartyNotAdmitted,
    IdempotencyKeyReused,
)


class BookingsQuery(msgspec.Struct, frozen=True):
    """Which bookings, by the day of their first slot at the venue."""

    from_day: Annotated[date, Meta(description="The first day. Today when left out.")] | None = (
        msgspec.field(default=None, name="from")
    )
    to_day: Annotated[date, Meta(description="The last day, included.")] | None = msgspec.field(
        default=None, name="to"
    )
    offering: Annotated[str, Meta(max_length=SLUG_CHARACTERS_MAX)] | None = None
    status: Status | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_ROWS_MAX)] = PAGE_ROWS_DEFAULT


class BookingsShape(msgspec.Struct, frozen=True):
    """A page of bookings in order of time; `next` is the `cursor` of the page after it."""

    bookings: tuple[BookingShape, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class BookingsResource:
    """Makes bookings, and shows them to whoever may see them."""

    callers: Callers
    finding: Finding
    place_booking: PlaceBooking
    confirm_hold: ConfirmHold
    bookings: Bookings
    catalogue: CachedCatalogue
    database: Database
    clock: Clock
    showing: Showing
    regions: DefaultPhoneRegion

    def operations(self) -> Sequence[Operation]:
        return (self._placing(), self._listing(), self._looking())

    def _placing(self) -> Operation:
        slot = EXAMPLE_SLOT["id"]
        return Operation(
            method="POST",
            path="/api/v1/{org}/bookings",
            name="book",
            tag="Bookings",
            summary="Book places",
            description=(
                "By `slot`, by several `slots` (all or none), or by a `hold`. Without an "
                "`Idempotency-Key` the same wish of the same customer is one booking: a repeat "
                "within a quarter of an hour gets the first answer, a later one is refused."
            ),
            access="public",
            handler=self.book,
            body=Body(
                shape=BookingFields,
                examples={
                    "a slot": {"slot": slot, "party": 2, "customer": EXAMPLE_CUSTOMER},
                    "a hold": {
                        "hold": "01977f6e-9000-7000-8000-000000000f01",
                        "customer": EXAMPLE_CUSTOMER,
                        "source": {"utm_source": "newsletter"},
                    },
                },
            ),
            successes=[
                Success(status=201, words="Booked.", shape=BookingShape, example=EXAMPLE_BOOKING),
                Success(status=200, words="Booked before, by this key.", shape=BookingShape),
            ],
            problems=[
                *MAKING,
                errors.UnknownBooking,
                errors.HoldHasExpired,
                errors.AlreadyCancelled,
                errors.AlreadyCheckedIn,
                errors.WrongStatus,
                errors.PossibleDuplicate,
                errors.ChangedMeanwhile,
            ],
        )

    def _listing(self) -> Operation:
        return Operation(
            method="GET",
            path="/api/v1/{org}/bookings",
            name="bookings",
            tag="Bookings",
            summary="All bookings, page by page",
            description=(
                f"Holds too. {DAYS_DEFAULT} days when `to` is left out, at most "
                f"{LISTED_DAYS_MAX}; days are those of the offering's venue, or of the "
                "first venue when no offering is named."
            ),
            access="owner",
            handler=self.list,
            query=BookingsQuery,
            successes=[
                Success(
                    status=200,
                    words="One page.",
                    shape=BookingsShape,
                    example={
                        "bookings": [{**EXAMPLE_BOOKING, "customer": EXAMPLE_CUSTOMER}],
                        "next": None,
                    },
                )
            ],
            problems=[errors.UnknownOffering],
        )

    def _looking(self) -> Operation:
        return Operation(
            method="GET",
            path="/api/v1/{org}/bookings/{ref}",
            name="booking",
            tag="Bookings",
            summary="One booking",
            access="guest",
            handler=self.show,
            query=TokenQuery,
            successes=[
                Success(
                    status=200,
                    words="The booking.",
                    shape=BookingShape,
                    example={**EXAMPLE_BOOKING, "customer": EXAMPLE_CUSTOMER},
                )
            ],
            problems=[errors.UnknownBooking],
        )

    async def book(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        fields = await request.json(booking_decoder)
        region = await self.regions.region_for(asked.org_id, fields.customer)
        command = fields.read(region=region)
        if isinstance(command, BookingRequest):
            answer = await self.place_booking(asked.org_id, command, context=asked.context)
        else:
            hold_id, details = command
            answer = await self.confirm_hold(asked.org_id, hold_id, details, context=asked.context)
        shape = self.showing.outcome(asked.organisation.slug, answer.outcome)
        return write_response(shape, replayed=answer.replayed)

    async def show(self, request: ApiRequest) -> AnyResponse:
        found = await self.finding.for_guest(request)
        return json_response(self.showing.view(found.org, found.view))

    async def list(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.VIEW_BOOKINGS)
        query = request.query(BookingsQuery)
        page = await self._page(asked, query)
        rows = await self.bookings.page(asked.org_id, page)
        with suppress(errors.UnknownSlot):  # one query for all of the page, not one a booking
            await self.catalogue.slots(asked.org_id, [SlotId(s) for row in rows for s in row.slots])
        shown = [
            self.showing.view(asked.organisation.slug, await self.bookings.view(row))
            for row in rows[: query.limit]
        ]
        more = len(rows) > query.limit
        return json_response(
            BookingsShape(tuple(shown), cursor_after(rows[query.limit - 1]) if more else None)
        )

    async def _page(self, asked: OrgContext, query: BookingsQuery) -> Page:
        """One row more than asked for tells whether there is a further page."""
        offering_id, zone = await self._offering_and_zone(asked, query.offering)
        today = self.clock.now().date()
        first = query.from_day or today
        if not FIRST_YEAR <= first.year <= LAST_YEAR:
            raise refusals.one_field("from", "Choose a day of these times.")
        last = query.to_day or first + timedelta(days=DAYS_DEFAULT - 1)
        if not 0 <= (last - first).days < LISTED_DAYS_MAX:
            raise refusals.one_field(
                "to", f"Ask for 1 to {LISTED_DAYS_MAX} days, the last after the first."
            )
        return Page(
            first=midnight(first, zone),
            last=midnight(last + timedelta(days=1), zone),
            after=None if query.cursor is None else position_of(query.cursor),
            status=query.status,
            offering_id=offering_id,
            limit=query.limit + 1,
        )

    async def _offering_and_zone(
        self, asked: OrgContext, slug: str | None
    ) -> tuple[OfferingId | None, str]:
        if slug is not None:
            if not is_slug(slug):
                raise errors.UnknownOffering
            offering = await self.catalogue.offering(asked.org_id, slug)
            venue = await self.catalogue.venue(asked.org_id, offering.venue_id)
            return offering.offering_id, venue.zone
        async with self.database.session() as session:
            places = await venues(session, asked.org_id)
        return None, places[0].zone if places else "UTC"


def cursor_after(row: Booking) -> str:
    """The position after a row: opaque to clients, and no secret."""
    at = f"{row.starts_at.astimezone(UTC).isoformat()}|{row.booking_id}"
    return base64.urlsafe_b64encode(at.encode()).decode().rstrip("=")


def position_of(cursor: str) -> tuple[datetime, UUID]:
    """Raises `InvalidFields` for what no page gave."""
    position = _read_position(cursor)
    if position is None:
        raise refusals.one_field("cursor", "Use the `next` of the page before.")
    return position


def _read_position(cursor: str) -> tuple[datetime, UUID] | None:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.urlsafe_b64decode(padded.encode("ascii")).decode()
        at, _, row_id = text.partition("|")
        instant, booking_id = datetime.fromisoformat(at), UUID(row_id)
    except ValueError:
        return None
    is_ours = instant.tzinfo is not None and FIRST_YEAR <= instant.year <= LAST_YEAR
    return (instant, booking_id) if is_ours else None

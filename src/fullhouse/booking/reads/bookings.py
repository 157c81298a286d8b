"""Bookings for screens, mails and programs, with what they are bookings of."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import structs

from fullhouse.booking import limits
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.events import HISTORY_EVENTS, Booked, history_event
from fullhouse.booking.model.booking import (
    Booking,
)
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.booking.model.price_categories import guests_in
from fullhouse.booking.model.questions import answers_in
from fullhouse.booking.model.slot import SlotIdentity
from fullhouse.booking.model.terms import ChangePolicy, cancellation, rescheduling
from fullhouse.booking.model.waiting import WaitingEntry
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import Venue
from fullhouse.storage.database import Database, Session


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking with its offering, venue and slots."""

    booking: Booking
    offering: Offering
    venue: Venue
    slots: tuple[BookedSlot, ...]

    def in_language(self, language: str) -> "BookingView":
        """The view for guests who read a further language of the business; `""` is the main one."""
        if not language:
            return self
        booking, offering = self.booking, self.offering
        return BookingView(
            structs.replace(
                booking,
                guests=guests_in(booking.guests, offering.price_categories, language),
                answers=answers_in(booking.answers, offering.questions, language),
            ),
            offering.in_language(language),
            self.venue.in_language(language),
            self.slots,
        )

    def cancellation(self, now: datetime) -> ChangePolicy:
        return cancellation(self.offering, self.booking, now=now)

    def rescheduling(self, now: datetime) -> ChangePolicy:
        return rescheduling(self.offering, self.booking, now=now)


@dataclass(frozen=True, slots=True)
class WaitingView:
    """An entry of a waiting list with its offering, venue and slot."""

    entry: WaitingEntry
    offering: Offering
    venue: Venue
    slot: SlotIdentity

    def in_language(self, language: str) -> "WaitingView":
        """The view for guests who read a further language of the business."""
        offering, venue = self.offering.in_language(language), self.venue.in_language(language)
        return WaitingView(self.entry, offering, venue, self.slot)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened to a booking or an offering: what, who, when, what changed."""

    seq: int
    kind: str
    payload: dict[str, object]
    actor: str
    correlation_id: UUID
    at: datetime
    actor_name: str | None
    """The name of the account or API key behind `actor`; the event itself holds no name."""

    @property
    def event(self) -> Event | None:
        """The typed event; None for a kind that a newer program has written."""
        return history_event(self.kind, self.payload)


_KINDS: Final = [event.kind() for event in HISTORY_EVENTS]


@dataclass(frozen=True, slots=True)
class Page:
    """Which bookings: by the start of their first slot, and from a position on."""

    first: datetime
    last: datetime
    after: tuple[datetime, UUID] | None = None
    status: str | None = None
    offering_id: OfferingId | None = None
    ref: str | None = None
    email: str | None = None
    """As addresses are kept."""
    name: str | None = None
    """A part of it, in lower case."""
    phone: str | None = None
    """A part of its digits."""
    updated_since: datetime | None = None
    """Something was recorded about the booking since, by the clock of the database."""
    limit: int = limits.PAGE_ROWS_DEFAULT


@dataclass(frozen=True, slots=True)
class Bookings:
    """Finds bookings and shows them whole."""

    database: Database
    catalogue: CachedCatalogue
    clock: Clock

    async def by_id(self, org_id: OrgId, booking_id: UUID) -> BookingView | None:
        async with self.database.session() as session:
            booking = await session.fetch_one(
                "booking.booking_by_id", Booking, org_id=org_id, booking_id=booking_id
            )
        return None if booking is None else await self.view(booking)

    async def waiting(self, org_id: OrgId, entry_id: UUID) -> WaitingView | None:
        async with self.database.session() as session:
            entry = await waiting_entry(session, org_id, entry_id)
        if entry is None:
            return None
        offering = await self.catalogue.offering_by_id(org_id, entry.offering_id)
        venue = await self.catalogue.venue(org_id, offering.venue_id)
        (slot,) = await self.catalogue.slots(org_id, [entry.slot_id])
        return WaitingView(entry, offering, venue, slot)

    async def by_ids(
        self, keys: Sequence[tuple[OrgId, UUID]]
    ) -> dict[tuple[OrgId, UUID], BookingView]:
        """Those that there are, of any organisations: for the worker."""
        async with self.database.unrestricted.session() as session:
            found = await session.fetch(
                "booking.bookings_by_ids",
                Booking,
                org_ids=[org_id for org_id, _ in keys],
                booking_ids=[booking_id for _, booking_id in keys],
            )
        async with asyncio.TaskGroup() as group:  # at once, so that they share what they read
            views = [group.create_task(self.view(row)) for row in found]
        return {
            (row.org_id, row.booking_id): view.result()
            for row, view in zip(found, views, strict=True)
        }

    async def by_ref(self, org_id: OrgId, ref: str) -> BookingView | None:
        async with self.database.session() as session:
            booking = await session.fetch_one(
                "booking.booking_by_ref", Booking, org_id=org_id, ref=ref
            )
        return None if booking is None else await self.view(booking)

    async def page(self, org_id: OrgId, page: Page) -> list[Booking]:
        """In order of time; a further page starts `after` the last one's time and id."""
        after_starts_at, after_booking_id = page.after or (page.first, UUID(int=0))
        async with self.database.scans.lease(self.database.session(), org_id) as session:
            return await session.fetch(
                "booking.bookings_between",
                Booking,
                org_id=org_id,
                first=page.first,
                last=page.last,
                after_starts_at=after_starts_at,
                after_booking_id=after_booking_id,
                status=page.status,
                offering_id=page.offering_id,
                ref=page.ref,
                email=page.email,
                name=page.name,
                phone=page.phone,
                since=page.updated_since,
                kinds=_KINDS,
                limit=page.limit,
            )

    async def history(self, org_id: OrgId, subject: UUID) -> list[HistoryEntry]:
        """Return the last events of a booking, oldest first."""
        async with self.database.session() as session:
            return await history_of(session, org_id, subject)

    async def view(self, booking: Booking) -> BookingView:
        offering = await self.catalogue.offering_by_id(booking.org_id, booking.offering_id)
        venue = await self.catalogue.venue(booking.org_id, offering.venue_id)
        return BookingView(booking, offering, venue, await self.catalogue.slots_of(booking))


async def history_of(
    session: Session, org_id: OrgId, subject: UUID, *, limit: int | None = limits.HISTORY_EVENTS_MAX
) -> list[HistoryEntry]:
    """The last events about one subject, oldest first; all of them without a limit."""
    return await session.fetch(
        "booking.history_of", HistoryEntry, org_id=org_id, subject=subject, limit=limit
    )


def has_just_booked(history: Sequence[HistoryEntry], actor: str, now: datetime) -> bool:
    """Whether this actor has made the booking within the minute of undo, and nothing came after."""
    last = history[-1]
    is_fresh = now - last.at <= timedelta(seconds=limits.UNDO_SECONDS)
    return last.kind == Booked.kind() and last.actor == actor and is_fresh


async def waiting_entry(session: Session, org_id: OrgId, entry_id: UUID) -> WaitingEntry | None:
    return await session.fetch_one(
        "booking.waiting_list_entry", WaitingEntry, org_id=org_id, entry_id=entry_id
    )


async def waiting_list_position(session: Session, org_id: OrgId, entry_id: UUID) -> int:
    """The place of a waiting entry in its line; the first is 1."""
    found = await session.fetch_value(
        "booking.waiting_list_position", int, org_id=org_id, entry_id=entry_id
    )
    return found or 0

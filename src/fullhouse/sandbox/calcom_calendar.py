"""Cal.com's calendar: slots, reservations and bookings, and the rules between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from msgspec.structs import replace

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput, NotFound
from fullhouse.sandbox.calcom_model import (
    SLOT_DAYS_MAX,
    Attendee,
    CalBooking,
    CalBookingRequest,
    CalRescheduling,
    CalStatus,
    OpeningHours,
    Reservation,
    ReservationRequest,
    SlotsQuery,
    bound_of,
    instant,
    stamp,
    zone_of,
)
from fullhouse.sandbox.provider import Provider, remember

T = TypeVar("T")

HOST: Final = {"name": "Sandbox Host", "email": "host@sandbox.example", "username": "sandbox"}
_TAKEN: Final = "User either already has booking at this time or is not available"


def found_entry(items: Mapping[str, T], uid: str) -> T:
    """The item with this uid; raises `NotFound`."""
    if uid not in items:
        raise NotFound(f"There is nothing with uid={uid}.")
    return items[uid]


@dataclass(slots=True)
class CalCalendar:
    """Every event type has the same hours, and a time of its own for each booking."""

    provider: Provider
    bookings: dict[str, CalBooking] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    """How often each iCalendar entry was changed."""
    last_number: int = 0

    @property
    def clock(self) -> Clock:
        return self.provider.clock

    def clear(self) -> None:
        """Forget all."""
        self.bookings.clear()
        self.reservations.clear()
        self.sequences.clear()

    def free_slots(self, query: SlotsQuery, hours: OpeningHours) -> list[datetime]:
        """The starts that can be booked, in the zone of the query; raises `InvalidInput`."""
        if query.event_type_id is None and not query.event_type_slug:
            raise InvalidInput(
                "Name an eventTypeId, or a slug with a username.", field="eventTypeId"
            )
        start, end = bound_of(query.start, is_end=False), bound_of(query.end, is_end=True)
        if end - start > timedelta(days=SLOT_DAYS_MAX):
            raise InvalidInput(f"Ask for at most {SLOT_DAYS_MAX} days.", field="end")
        zone = zone_of(query.time_zone)
        length = timedelta(minutes=query.duration or hours.minutes)
        starts = hours.slots(max(start, self.clock.now()), end)
        event_type = query.event_type_id or 1
        free = [at for at in starts if not self._is_taken(event_type, at, at + length)]
        return [at.astimezone(zone) for at in free]

    def reserve(self, request: ReservationRequest, hours: OpeningHours) -> Reservation:
        """Keep a slot for minutes; raises `InvalidInput` when it is taken."""
        minutes = request.slot_duration or hours.minutes
        end = request.slot_start + timedelta(minutes=minutes)
        if self._is_taken(request.event_type_id, request.slot_start, end):
            raise InvalidInput("This slot is already booked or reserved.", field="slotStart")
        until = self.clock.now() + timedelta(minutes=request.reservation_duration)
        reservation = Reservation(
            event_type_id=request.event_type_id,
            slot_start=stamp(request.slot_start),
            slot_end=stamp(end),
            slot_duration=minutes,
            reservation_uid=self.provider.new_id(),
            reservation_duration=request.reservation_duration,
            reservation_until=stamp(until),
        )
        remember(self.reservations, reservation.reservation_uid, reservation)
        return reservation

    def extend(self, uid: str, minutes: int) -> Reservation:
        """Keep it for so many minutes from now; raises `NotFound`."""
        until = stamp(self.clock.now() + timedelta(minutes=minutes))
        reservation = replace(
            found_entry(self.reservations, uid),
            reservation_until=until,
            reservation_duration=minutes,
        )
        self.reservations[uid] = reservation
        return reservation

    def book(self, request: CalBookingRequest, hours: OpeningHours) -> CalBooking:
        """Book a time that nobody has booked; a reservation of it ends. Raises `InvalidInput`."""
        attendee = request.attendee
        zone_of(attendee.time_zone)
        if attendee.email is None and attendee.phone_number is None:
            raise InvalidInput("An attendee has an email or a phoneNumber.", field="attendee")
        minutes = request.length_in_minutes or hours.minutes
        start, end = request.start, request.start + timedelta(minutes=minutes)
        self._require_free(request.event_type_id, start, end)
        uid, now = self.provider.new_id(), stamp(self.clock.now())
        where = request.location
        booking = CalBooking(
            id=self._next_number(),
            uid=uid,
            title=f"{minutes} min between {HOST['name']} and {attendee.name}",
            status="accepted",
            start=stamp(start),
            end=stamp(end),
            duration=minutes,
            event_type_id=request.event_type_id,
            attendees=(attendee,),
            guests=tuple(request.guests),
            metadata=request.metadata,
            booking_fields_responses=_responses(attendee, request),
            location=where if isinstance(where, str) else (where or {}).get("type", ""),
            hosts=(HOST,),
            created_at=now,
            updated_at=now,
            ics_uid=f"{uid}@Cal.com",
        )
        remember(self.bookings, uid, booking)
        remember(self.sequences, uid, 0)
        return booking

    def reschedule(self, uid: str, request: CalRescheduling) -> tuple[CalBooking, CalBooking]:
        """The new booking, with a uid of its own, and the former, which is cancelled."""
        former = self._live(uid)
        start = request.start
        end = start + timedelta(minutes=former.duration)
        self._require_free(former.event_type_id, start, end, besides=uid)
        moved = replace(
            former,
            id=self._next_number(),
            uid=self.provider.new_id(),
            start=stamp(start),
            end=stamp(end),
            rescheduled_from_uid=uid,
            rescheduling_reason=request.rescheduling_reason,
            created_at=stamp(self.clock.now()),
            updated_at=stamp(self.clock.now()),
        )
        remember(self.bookings, moved.uid, moved)
        remember(self.sequences, moved.uid, self.sequences.get(uid, 0) + 1)
        ended = self._changed(replace(former, status="cancelled", rescheduled_to_uid=moved.uid))
        return moved, ended

    def end(self, uid: str, status: CalStatus, reason: str) -> CalBooking:
        """Cancel or reject a live booking; raises `InvalidInput` for one that has ended."""
        ended = replace(self._live(uid), status=status, cancellation_reason=reason)
        self.sequences[uid] = self.sequences.get(uid, 0) + 1
        return self._changed(ended)

    def confirm(self, uid: str) -> CalBooking:
        """Accept it; raises `InvalidInput` for one that has ended."""
        return self._changed(replace(self._live(uid), status="accepted"))

    def mark_absent(self, uid: str, *, host: bool) -> CalBooking:
        """Say that host or attendees did not come."""
        booking = found_entry(self.bookings, uid)
        attendees = tuple(replace(each, absent=not host) for each in booking.attendees)
        return self._changed(replace(booking, absent_host=host, attendees=attendees))

    def _next_number(self) -> int:
        self.last_number += 1
        return self.last_number

    def _live(self, uid: str) -> CalBooking:
        booking = found_entry(self.bookings, uid)
        if not booking.is_live:
            raise InvalidInput(f"This booking is {booking.status} already.", field="uid")
        return booking

    def _changed(self, booking: CalBooking) -> CalBooking:
        changed = replace(booking, updated_at=stamp(self.clock.now()))
        self.bookings[booking.uid] = changed
        return changed

    def _require_free(
        self, event_type: int, start: datetime, end: datetime, *, besides: str = ""
    ) -> None:
        """Reservations do not stop bookings: whoever has one books without naming it."""
        clashes = [
            each
            for each in self.bookings.values()
            if each.event_type_id == event_type
            and each.uid != besides
            and each.overlaps(start, end)
        ]
        if clashes or start < self.clock.now():
            raise InvalidInput(_TAKEN, field="start")

    def _is_taken(self, event_type: int, start: datetime, end: datetime) -> bool:
        now = self.clock.now()
        return any(
            each.event_type_id == event_type and each.overlaps(start, end)
            for each in self.bookings.values()
        ) or any(
            each.event_type_id == event_type and each.overlaps(start, end, now=now)
            for each in self.reservations.values()
        )


def is_upcoming(booking: CalBooking, now: datetime) -> bool:
    """As the filter `status=upcoming` means it."""
    return booking.is_live and instant(booking.end) > now


def _responses(attendee: Attendee, request: CalBookingRequest) -> dict[str, object]:
    known = {"name": attendee.name, "email": attendee.email, "guests": request.guests}
    return known | request.booking_fields_responses

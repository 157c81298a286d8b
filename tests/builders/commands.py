"""Commands for the ledger, made without an action: only what a test is about is named."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from fullhouse.booking.model.booking import Booking, BookingId
from fullhouse.booking.model.commands import ChangeBookingCommand, CreateBookingCommand, Take
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import OrgId

START: Final = datetime(2027, 6, 13, 14, 0, tzinfo=UTC)
NO_ID: Final = UUID(int=0)
CORRELATION: Final = UUID(int=7)
A_BOOKING: Final = Booking(
    org_id=OrgId(NO_ID),
    booking_id=BookingId(NO_ID),
    ref="K7QF2M9D",
    status="confirmed",
    version=1,
    offering_id=OfferingId(NO_ID),
    party=1,
    places=1,
    slots=(),
    starts_at=START,
    ends_at=START + timedelta(minutes=30),
    customer_name="",
    customer_email="",
    customer_phone="",
    locale="",
    price_amount=0,
    fee_amount=0,
    currency="GBP",
    created_at=START,
    link_version=1,
)


def a_booking_row(**fields: object) -> Booking:
    return msgspec.structs.replace(A_BOOKING, **fields)


def a_create_command(booking: Booking, **fields: object) -> CreateBookingCommand:
    """Take the places of `booking` in each of its slots; its id is the key."""
    command = CreateBookingCommand(
        command_id=booking.booking_id,
        org_id=booking.org_id,
        aggregate_id=booking.booking_id,
        actor="guest",
        correlation_id=CORRELATION,
        takes=tuple(Take(SlotId(slot), booking.places) for slot in booking.slots),
        key=booking.booking_id,
        fingerprint=NO_ID,
        event="Booked",
        event_data=Event(),
        failure_event="BookingFailed",
        new_booking=booking,
        expires_at=booking.expires_at,
    )
    return msgspec.structs.replace(command, **fields)


def a_change_command(
    org_id: OrgId, booking_id: UUID, *, key: UUID, **fields: object
) -> ChangeBookingCommand:
    """Cancel a confirmed booking of version 1, unless `fields` say otherwise."""
    command = ChangeBookingCommand(
        command_id=key,
        org_id=org_id,
        aggregate_id=booking_id,
        actor="guest",
        correlation_id=CORRELATION,
        key=key,
        fingerprint=NO_ID,
        event="Cancelled",
        event_data=Event(),
        expected_version=1,
        expected_statuses=("confirmed",),
        status="cancelled",
        booking_changes={},
        releases_current=True,
    )
    return msgspec.structs.replace(command, **fields)

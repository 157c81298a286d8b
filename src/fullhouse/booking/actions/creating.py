"""The command that makes a booking: confirmed at once, held, or offered to who has waited."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from fullhouse.booking import events
from fullhouse.booking.actions.admitting import Wanted
from fullhouse.booking.actions.answering import Key
from fullhouse.booking.model.booking import BookingId, Status
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller, Customer
from fullhouse.kernel.ids import Ids

NOBODY_YET = Customer(name="", email="")


class NewBooking(msgspec.Struct, frozen=True):
    """A booking about to be made. With `expires_at` it is a hold; with `entry_id`, an offer."""

    booking_id: BookingId
    wanted: Wanted
    customer: Customer = NOBODY_YET
    locale: str = ""
    expires_at: datetime | None = None
    entry_id: UUID | None = None

    @property
    def status(self) -> Status:
        return "confirmed" if self.expires_at is None else "held"

    @property
    def event(self) -> str:
        if self.entry_id is not None:
            return events.PLACE_OFFERED
        return events.BOOKED if self.expires_at is None else events.BOOKING_INITIATED


def creation(
    new: NewBooking,
    caller: Caller,
    key: Key,
    *,
    ids: Ids,
    source: Mapping[str, str] | None = None,
    near_minutes: int | None = None,
) -> Command:
    """The command that makes it. `near_minutes`: refuse the same customer's second one so near."""
    wanted, slots, ref = new.wanted, new.wanted.slots, ids.reference()
    return Command(
        command_id=new.booking_id,
        org_id=wanted.offering.org_id,
        act="create",
        subject=new.booking_id,
        actor=caller.actor,
        correlation_id=caller.correlation_id,
        key=key.key,
        fingerprint=key.fingerprint,
        derived=key.derived,
        status=new.status,
        slots=wanted.slot_ids,
        places=wanted.party,
        forced=caller.is_staff,
        near_minutes=near_minutes,
        expires_at=new.expires_at,
        ref=ref,
        offering_id=wanted.offering.offering_id,
        entry_id=new.entry_id,
        waiting_status=None if new.entry_id is None else "offered",
        party=wanted.party,
        starts_at=slots[0].starts_at,
        ends_at=slots[-1].ends_at,
        customer_name=new.customer.name,
        customer_email=new.customer.email,
        customer_phone=new.customer.phone,
        locale=new.locale,
        source=source,
        price_amount=wanted.price.amount,
        currency=wanted.price.currency,
        event=new.event,
        failure=events.BOOKING_FAILED,
        data=wanted.facts,
        outcome=_outcome(new, ref),
    )


def _outcome(new: NewBooking, ref: str) -> BookingOutcome:
    wanted, price = new.wanted, new.wanted.price
    return BookingOutcome(
        org_id=wanted.offering.org_id,
        booking_id=new.booking_id,
        ref=ref,
        status=new.status,
        version=1,
        offering=wanted.offering.slug,
        zone=wanted.zone,
        slots=wanted.slots,
        party=wanted.party,
        price_amount=price.amount,
        fee_amount=0,
        currency=price.currency,
        expires_at=new.expires_at,
    )

"""Keys and commands as the actions send them to the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from fullhouse.booking import events, limits
from fullhouse.booking.model.booking import Booking, BookingId
from fullhouse.booking.model.commands import (
    NO_FINGERPRINT,
    ClientLimits,
    CreateBookingCommand,
    Take,
)
from fullhouse.booking.model.outcomes import BookedSlot, BookingOutcome
from fullhouse.booking.model.plan import BookingPlan
from fullhouse.booking.model.price_categories import stored_guests
from fullhouse.booking.model.questions import StoredAnswers
from fullhouse.booking.model.requests import Customer
from fullhouse.booking.model.terms import grace_end
from fullhouse.booking.model.waiting import ENTRY_TRANSITIONS
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.ids import Ids, OrgId, client_key, derived_id, fingerprint

NO_CUSTOMER: Final = Customer(name="", email="")


class CustomerRules(msgspec.Struct, frozen=True):
    """What the ledger asks of other bookings of a customer, see `BookingCommand`."""

    duplicate_window_minutes: int | None = None
    customer_bookings_max: int | None = None


NO_RULES: Final = CustomerRules()


def customer_rules(context: RequestContext, *, allow_duplicate: bool) -> CustomerRules:
    """Return the rules for a customer: anybody may type an address, so only staff are not limited.

    The limit also bounds `allow_duplicate`: a guest who says it has proved nothing.
    """
    return CustomerRules(
        None if allow_duplicate else limits.DUPLICATE_WINDOW_MINUTES,
        None if context.may(Permission.OVERRIDE_POLICY) else limits.CUSTOMER_BOOKINGS_PER_DAY_MAX,
    )


class IdempotencyKey(msgspec.Struct, frozen=True):
    """The key that identifies a request, and the fingerprint of its content."""

    key: UUID
    fingerprint: UUID
    is_derived: bool


def idempotency_key(org_id: OrgId, context: RequestContext, *content: object) -> IdempotencyKey:
    """Return the key of a request with this content.

    A client's own key holds for as long as it is stored, among the keys of its requester, and its
    fingerprint tells a repeat from another request under the same key. Without one the key is the
    UUIDv5 of the content: a repeat within `REPLAY_WINDOW` replays. Once the booking has ended, the
    same request is a new one.
    """
    # The digits of an id take a third of the time of its text
    text = "\x1f".join([one.hex if isinstance(one, UUID) else str(one) for one in content])
    if context.idempotency_key is None:
        return IdempotencyKey(derived_id(org_id.hex, text), NO_FINGERPRINT, is_derived=True)
    return IdempotencyKey(
        client_key(org_id, context.requester, context.idempotency_key),
        fingerprint(text.encode()),
        is_derived=False,
    )


def as_sent(request: msgspec.Struct, context: RequestContext) -> tuple[object, ...]:
    """All that was asked for, where a client chose the key: with another telephone it is reused.

    Without one a repeat is recognised by what it means.
    """
    return () if context.idempotency_key is None else (msgspec.json.encode(request),)


def takes_of(slots: tuple[BookedSlot, ...], places: int) -> tuple[Take, ...]:
    return tuple([Take(slot.slot_id, places) for slot in slots])


def priced_event(kind: type[events.PricedEvent], plan: BookingPlan) -> events.PricedEvent:
    """The event that a plan was booked, held, offered, or waited for."""
    return kind(
        offering_id=plan.offering.offering_id,
        slots=plan.slot_ids,
        party=plan.party,
        price=plan.price.amount,
        currency=plan.price.currency,
    )


class BookingDetails(msgspec.Struct, frozen=True):
    """What a new booking has beside its plan. With `expires_at` it is a hold."""

    customer: Customer = NO_CUSTOMER
    locale: str = ""
    source: Mapping[str, str] | None = None
    answers: StoredAnswers | None = None
    expires_at: datetime | None = None
    entry_id: UUID | None = None
    client_limits: ClientLimits | None = None

    @property
    def event(self) -> type[events.PricedEvent]:
        if self.entry_id is not None:
            return events.PlaceOffered
        return events.Booked if self.expires_at is None else events.BookingInitiated


def create_booking_command(
    plan: BookingPlan,
    details: BookingDetails,
    context: RequestContext,
    *,
    key: IdempotencyKey,
    ids: Ids,
    rules: CustomerRules = NO_RULES,
) -> CreateBookingCommand:
    """Build the command that makes a booking, a hold, or an offer to a waiting-list entry."""
    booking = _new_booking(plan, details, BookingId(ids.uuid()), ref=ids.reference())
    event = details.event
    before, after = ENTRY_TRANSITIONS["offer"] if details.entry_id is not None else (None, None)
    return CreateBookingCommand(
        command_id=booking.booking_id,
        org_id=booking.org_id,
        aggregate_id=booking.booking_id,
        actor=context.actor,
        correlation_id=context.correlation_id,
        takes=takes_of(plan.slots, plan.places),
        key=key.key,
        fingerprint=key.fingerprint,
        key_is_derived=key.is_derived,
        expires_at=details.expires_at,
        client_limits=details.client_limits,
        ignore_closed=context.may(Permission.OVERRIDE_POLICY),
        duplicate_window_minutes=rules.duplicate_window_minutes,
        customer_bookings_max=rules.customer_bookings_max,
        entry_id=details.entry_id,
        expected_entry_status=before,
        entry_status=after,
        new_booking=booking,
        event=event.kind(),
        failure_event=events.BookingFailed.kind(),
        event_data=priced_event(event, plan),
    )


def new_outcome(booking: Booking, plan: BookingPlan) -> BookingOutcome:
    """Return the outcome of the command that makes a booking by a plan."""
    return outcome_of(booking, plan.offering.slug, plan.zone, slots=plan.slots)


def outcome_of(
    booking: Booking, offering: str, zone: str, *, slots: tuple[BookedSlot, ...]
) -> BookingOutcome:
    """Return the outcome of a command after which a booking is like this."""
    return BookingOutcome(
        org_id=booking.org_id,
        booking_id=booking.booking_id,
        ref=booking.ref,
        status=booking.status,
        version=booking.version,
        offering=offering,
        zone=zone,
        slots=slots,
        party=booking.party,
        price_amount=booking.price_amount,
        fee_amount=booking.fee_amount,
        currency=booking.currency,
        expires_at=booking.expires_at,
        link_version=booking.link_version,
        guests=booking.guests,
    )


def _new_booking(
    plan: BookingPlan, details: BookingDetails, booking_id: BookingId, *, ref: str
) -> Booking:
    is_booked, starts_at = details.expires_at is None, plan.slots[0].starts_at
    return Booking(
        org_id=plan.offering.org_id,
        booking_id=booking_id,
        ref=ref,
        status="confirmed" if is_booked else "held",
        version=1,
        offering_id=plan.offering.offering_id,
        entry_id=details.entry_id,
        party=plan.party,
        places=plan.places,
        slots=plan.slot_ids,
        starts_at=starts_at,
        ends_at=plan.slots[-1].ends_at,
        customer_name=details.customer.name,
        customer_email=details.customer.email,
        customer_phone=details.customer.phone,
        locale=details.locale,
        source=details.source,
        answers=details.answers,
        guests=stored_guests(plan.guests),
        price_amount=plan.price.amount,
        fee_amount=0,
        currency=plan.price.currency,
        expires_at=details.expires_at,
        created_at=plan.planned_at,
        link_version=1,
        free_until=grace_end(plan.offering, starts_at, booked_at=plan.planned_at)
        if is_booked
        else None,
        client=None if details.client_limits is None else details.client_limits.client,
    )

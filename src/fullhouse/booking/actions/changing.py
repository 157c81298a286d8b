"""What every change of a booking shares: look, decide, commit on what was seen; again if stale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fullhouse.booking import errors
from fullhouse.booking.actions.admitting import Admission, Wanted
from fullhouse.booking.actions.answering import Answer, answered, key_of, wrong_status
from fullhouse.booking.limits import UNDO_SECONDS
from fullhouse.booking.model.booking import Booking, BookingId, Status
from fullhouse.booking.model.commands import Command, WaitingStatus
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.outcomes import BookedSlot, BookingOutcome
from fullhouse.booking.model.requests import Caller, Customer
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.ports import Catalogue, Ledger
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database

_LOOKS_MAX = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """A booking as it stood when it was looked at, with what it is a booking of."""

    booking: Booking
    offering: Offering
    zone: str
    slots: tuple[BookedSlot, ...]
    now: datetime

    @property
    def slot_ids(self) -> tuple[SlotId, ...]:
        return tuple(slot.slot_id for slot in self.slots)


@dataclass(frozen=True, slots=True)
class Change:
    """What a verb decided: from which statuses to which, what it gives and takes, what it tells.

    `takes` empty and `gives` false leaves the places as they are. What is `repeatable` answers a
    repeat without a key as it answered first; a ticket shown twice must not be.
    """

    verb: str
    statuses: tuple[Status, ...]
    status: Status
    event: str
    gives: bool = False
    takes: tuple[BookedSlot, ...] = ()
    price_amount: int | None = None
    fee_amount: int | None = None
    customer: Customer | None = None
    locale: str | None = None
    source: Mapping[str, str] | None = None
    near_minutes: int | None = None
    waiting_status: WaitingStatus | None = None
    told: dict[str, object] = field(default_factory=dict)
    repeatable: bool = True

    def is_done(self, booking: Booking) -> bool:
        """Whether the booking is already as this change would make it."""
        slots = tuple(slot.slot_id for slot in self.takes)
        return booking.status == self.status and slots in ((), tuple(booking.slots))


@dataclass(frozen=True, slots=True)
class Changing:
    """Commits a change on the version it was decided on, and decides anew when that has passed."""

    admission: Admission
    database: Database
    ledger: Ledger
    catalogue: Catalogue
    clock: Clock
    ids: Ids

    async def __call__(
        self,
        org_id: OrgId,
        booking_id: BookingId,
        *,
        caller: Caller,
        decide: Callable[[Seen], Change],
        wanted: Wanted | None = None,
    ) -> Answer[BookingOutcome]:
        """The booking after the change.

        Raises what `decide` raises, `UnknownBooking`, the error of a status that does not allow it,
        `SlotFull`, `SlotClosed`, `IdempotencyKeyReused`, `ChangedMeanwhile`, and what
        `Ledger.submit` raises.
        """
        for _ in range(_LOOKS_MAX):
            seen = await self.look(org_id, booking_id)
            verdict = await self.ledger.submit(self._command(seen, decide(seen), caller))
            if verdict.say != "stale":
                if wanted is not None:
                    await self.admission.explain(wanted, verdict)
                return answered(verdict, BookingOutcome, offering=seen.offering, zone=seen.zone)
        raise errors.ChangedMeanwhile("The booking keeps being changed by others. Look again.")

    async def look(self, org_id: OrgId, booking_id: BookingId) -> Seen:
        """Raises `UnknownBooking`."""
        async with self.database.session() as session:
            booking = await session.fetch_one(
                "booking.booking_by_id", Booking, org_id=org_id, booking_id=booking_id
            )
            if booking is None:
                raise errors.UnknownBooking
        offering = await self.catalogue.offering_by_id(org_id, booking.offering_id)
        venue = await self.catalogue.venue(org_id, offering.venue_id)
        slots = await self.catalogue.slots_of(booking)
        return Seen(booking, offering, venue.zone, slots, self.clock.now())

    async def last_told(self, org_id: OrgId, booking_id: BookingId, kind: str) -> datetime | None:
        """When an event of this kind was last told of the booking."""
        async with self.database.session() as session:
            return await session.fetch_value(
                "booking.last_event_at", datetime, org_id=org_id, subject=booking_id, kind=kind
            )

    def _command(self, seen: Seen, change: Change, caller: Caller) -> Command:
        booking, slots, customer = seen.booking, change.takes or seen.slots, change.customer
        done = change.is_done(booking)
        # Known by the version it was made on, so that a repeat finds it and an undo sets it free
        made_on = booking.version - (1 if done and change.repeatable else 0)
        key = key_of(
            booking.org_id,
            caller,
            change.verb,
            booking.booking_id,
            *(slot.slot_id for slot in change.takes),
            *((customer.email, customer.name) if customer else ()),
            "" if caller.key else made_on,
        )
        return Command(
            command_id=self.ids.uuid(),
            org_id=booking.org_id,
            act="change",
            subject=booking.booking_id,
            actor=caller.actor,
            correlation_id=caller.correlation_id,
            key=key.key,
            fingerprint=key.fingerprint,
            version=booking.version,
            statuses=() if done else change.statuses,
            status=change.status,
            gives=change.gives or None,
            slots=tuple(slot.slot_id for slot in change.takes) or None,
            places=booking.party if change.takes else None,
            forced=caller.is_staff,
            near_minutes=change.near_minutes,
            offering_id=booking.offering_id,
            entry_id=booking.entry_id if change.waiting_status else None,
            waiting_status=change.waiting_status,
            starts_at=slots[0].starts_at,
            ends_at=slots[-1].ends_at,
            customer_name=customer.name if customer else None,
            customer_email=customer.email if customer else None,
            customer_phone=customer.phone if customer else None,
            locale=change.locale,
            source=change.source,
            price_amount=change.price_amount,
            fee_amount=change.fee_amount,
            event=change.event,
            data=_told(seen, change, slots),
            outcome=self._outcome(seen, change, slots),
        )

    def _outcome(self, seen: Seen, change: Change, slots: tuple[BookedSlot, ...]) -> BookingOutcome:
        booking = seen.booking
        price, fee = change.price_amount, change.fee_amount
        return BookingOutcome(
            org_id=booking.org_id,
            booking_id=booking.booking_id,
            ref=booking.ref,
            status=change.status,
            version=booking.version + 1,
            offering=seen.offering.slug,
            zone=seen.zone,
            slots=slots,
            party=booking.party,
            price_amount=booking.price_amount if price is None else price,
            fee_amount=booking.fee_amount if fee is None else fee,
            currency=booking.currency,
        )


def _told(seen: Seen, change: Change, slots: tuple[BookedSlot, ...]) -> dict[str, object]:
    """What the event says: what it was, what it is, and what the verb adds."""
    booking = seen.booking
    return {
        "offering_id": booking.offering_id,
        "slots": [slot.slot_id for slot in slots],
        "party": booking.party,
        "from": booking.status,
        "to": change.status,
        "version": booking.version + 1,
        **change.told,
    }


def require_status(booking: Booking, *statuses: Status) -> None:
    """Raise the error that says why this status does not allow the change."""
    if booking.status not in statuses:
        raise wrong_status(booking.status)


def require_within_a_minute(told_at: datetime | None, now: datetime) -> None:
    """Raise `TooLateToUndo` unless it happened within the last minute."""
    if told_at is None or now - told_at > timedelta(seconds=UNDO_SECONDS):
        raise errors.TooLateToUndo

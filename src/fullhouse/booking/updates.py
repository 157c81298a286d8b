"""Optimistic updates of a booking: load, decide, commit on the loaded version; again when stale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from fullhouse.booking import errors
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.events import StatusChanged
from fullhouse.booking.ledger.commands import (
    NO_RULES,
    CustomerRules,
    IdempotencyKey,
    idempotency_key,
    outcome_of,
    takes_of,
)
from fullhouse.booking.ledger.verdicts import Result, result_of, wrong_status
from fullhouse.booking.limits import CHANGES_MAX
from fullhouse.booking.model.booking import SOURCES, TARGETS, Booking, BookingId, Status, Verb
from fullhouse.booking.model.commands import ChangeBookingCommand
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.outcomes import BookedSlot, BookingOutcome
from fullhouse.booking.model.plan import BookingPlan
from fullhouse.booking.model.price_categories import StoredGuests, guests_of, numbers_of
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.waiting import ENTRY_TRANSITIONS, EntryVerb
from fullhouse.booking.policy import BookingPolicy
from fullhouse.booking.ports import Ledger, Verdict
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database

_LOADS_MAX: Final = 3


class BookingSnapshot(msgspec.Struct, frozen=True):
    """A booking as it was loaded, with its offering and slots."""

    booking: Booking
    offering: Offering
    zone: str
    slots: tuple[BookedSlot, ...]
    now: datetime

    @property
    def slot_ids(self) -> tuple[SlotId, ...]:
        return tuple([slot.slot_id for slot in self.slots])


class LastEvent(msgspec.Struct, frozen=True):
    """When an event happened, who caused it, and how many events of its kind there were."""

    at: datetime
    actor: str
    times: int


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The decision of a verb: its transition, the places it releases and takes, the new columns.

    `content` is what the request asked for, for its key: a repeat asks for the same.
    `takes` empty and `releases_current` false leave the places as they are. With `expires_at` the
    places taken are held until then. `ignore_closed` is for taking again what the booking has,
    which no closing of a slot takes away. `entry_verb` moves the
    waiting-list entry that the booking was offered to. A `replayable` change answers an immediate
    repeat without a client's key by its first outcome. With `only_repeats` nothing but a repeat
    is answered: the request names another version of the booking.
    """

    verb: Verb
    event: Callable[[Booking, Booking], Event]
    """Makes the event from the booking before and after the change; see `status_event`."""
    releases_current: bool = False
    content: tuple[object, ...] = ()
    takes: tuple[BookedSlot, ...] = ()
    changes: Mapping[str, object] = field(default_factory=dict)
    expires_at: datetime | None = None
    ignore_closed: bool = False
    rules: CustomerRules = NO_RULES
    entry_verb: EntryVerb | None = None
    replayable: bool = True
    only_repeats: bool = False

    def is_applied_to(self, booking: Booking) -> bool:
        """Return whether the booking is already as this change would make it."""
        slots = tuple(slot.slot_id for slot in self.takes)
        return (
            booking.status == TARGETS[self.verb]
            and slots in ((), tuple(booking.slots))
            and self.changes.get("party", booking.party) == booking.party
            and ("guests" not in self.changes or self._is_for_guests_of(booking))
        )

    def _is_for_guests_of(self, booking: Booking) -> bool:
        """Whether as many guests of each price category come; at which prices does not matter."""
        after = msgspec.convert(self.changes["guests"], StoredGuests | None)
        return numbers_of(guests_of(after)) == booking.guest_numbers

    def expected_statuses(self, booking: Booking) -> tuple[Status, ...]:
        """Return the statuses it may start from: none when applied, so that only a repeat is done.

        The ledger answers a repeat from its key before it looks at the status.
        """
        is_done = self.only_repeats or self.is_applied_to(booking)
        return () if is_done else SOURCES[self.verb]


def require_few_changes(booking: Booking, context: RequestContext) -> None:
    """Raise `TooManyChanges` for a guest: each change is an event that is kept for ever."""
    if booking.version > CHANGES_MAX and not context.may(Permission.CHANGE_BOOKINGS):
        raise errors.TooManyChanges(changes_max=CHANGES_MAX)


@dataclass(frozen=True, slots=True)
class BookingUpdater:
    """Commits a change on the version it was decided on, and decides again when that is stale."""

    policy: BookingPolicy
    database: Database
    ledger: Ledger
    catalogue: CachedCatalogue
    clock: Clock
    ids: Ids

    async def __call__(
        self,
        org_id: OrgId,
        booking_id: BookingId,
        *,
        context: RequestContext,
        decide: Callable[[BookingSnapshot], StatusChange],
        plan: BookingPlan | None = None,
        loaded: Booking | None = None,
    ) -> Result[BookingOutcome]:
        """Return the booking after the change. `loaded` saves the first read of it.

        Raises what `decide` raises, `UnknownBooking`, the error of a status that does not allow it,
        `SlotFull`, `SlotClosed`, `IdempotencyKeyReused`, `ChangedMeanwhile`, and what
        `Ledger.submit` raises.
        """
        for _ in range(_LOADS_MAX):
            booking = loaded or await self._booking(org_id, booking_id)
            snapshot, loaded = await self._snapshot(booking), None
            verdict = await self._submit(snapshot, decide(snapshot), context)
            if verdict.code != "stale":
                if plan is not None:
                    await self.policy.raise_if_unavailable(plan, verdict)
                return result_of(
                    verdict, BookingOutcome, context, offering=snapshot.offering, zone=snapshot.zone
                )
        raise errors.ChangedMeanwhile

    async def load(self, org_id: OrgId, booking_id: BookingId) -> BookingSnapshot:
        """Raises `UnknownBooking`."""
        return await self._snapshot(await self._booking(org_id, booking_id))

    async def _booking(self, org_id: OrgId, booking_id: BookingId) -> Booking:
        async with self.database.session() as session:
            booking = await session.fetch_one(
                "booking.booking_by_id", Booking, org_id=org_id, booking_id=booking_id
            )
        if booking is None:
            raise errors.UnknownBooking
        return booking

    async def _snapshot(self, booking: Booking) -> BookingSnapshot:
        org_id = booking.org_id
        offering = await self.catalogue.offering_by_id(org_id, booking.offering_id)
        venue = await self.catalogue.venue(org_id, offering.venue_id)
        slots = await self.catalogue.slots_of(booking)
        return BookingSnapshot(booking, offering, venue.zone, slots, self.clock.now())

    async def last_event(
        self, org_id: OrgId, booking_id: BookingId, kind: type[Event]
    ) -> LastEvent | None:
        """Return when the last event of this kind of the booking happened, and who caused it."""
        async with self.database.session() as session:
            return await session.fetch_one(
                "booking.last_event",
                LastEvent,
                org_id=org_id,
                subject=booking_id,
                kind=kind.kind(),
            )

    async def _submit(
        self, snapshot: BookingSnapshot, change: StatusChange, context: RequestContext
    ) -> Verdict:
        after, slots = changed_booking(snapshot.booking, change), change.takes or snapshot.slots
        outcome = outcome_of(after, snapshot.offering.slug, snapshot.zone, slots=slots)
        return await self.ledger.submit(self._command(snapshot, change, context), outcome)

    def _command(
        self, snapshot: BookingSnapshot, change: StatusChange, context: RequestContext
    ) -> ChangeBookingCommand:
        before = snapshot.booking
        after = changed_booking(before, change)
        key = replay_key(context, change, before)
        entry_before, entry_after = (
            ENTRY_TRANSITIONS[change.entry_verb] if change.entry_verb else (None, None)
        )
        event = change.event(before, after)
        return ChangeBookingCommand(
            command_id=self.ids.uuid(),
            org_id=before.org_id,
            aggregate_id=before.booking_id,
            actor=context.actor,
            correlation_id=context.correlation_id,
            takes=takes_of(change.takes, after.places),
            key=key.key,
            fingerprint=key.fingerprint,
            expected_version=before.version,
            expected_statuses=change.expected_statuses(before),
            status=after.status,
            releases_current=change.releases_current,
            ignore_closed=change.ignore_closed or context.may(Permission.OVERRIDE_POLICY),
            expires_at=change.expires_at,
            duplicate_window_minutes=change.rules.duplicate_window_minutes,
            customer_bookings_max=change.rules.customer_bookings_max,
            entry_id=before.entry_id if change.entry_verb else None,
            expected_entry_status=entry_before,
            entry_status=entry_after,
            booking_changes=changes_of(change),
            event=event.kind(),
            event_data=event,
        )


def replay_key(context: RequestContext, change: StatusChange, booking: Booking) -> IdempotencyKey:
    """Return the key of a change.

    Without a client key a change is identified by verb + booking + the version it applied to, so an
    immediate repeat replays and a later undo makes it new. Check-in is not replayable, because a
    ticket shown twice must be refused. A hold is confirmed by its id alone, which is no secret once
    it is a booking: the content of that request names the requester, so that no other is led to
    the booking.
    """
    repeats = change.replayable and change.is_applied_to(booking)
    base_version = booking.version - 1 if repeats else booking.version
    return idempotency_key(
        booking.org_id,
        context,
        change.verb,
        booking.booking_id,
        *change.content,
        "" if context.idempotency_key else base_version,
    )


def changes_of(change: StatusChange) -> Mapping[str, object]:
    """Return the columns of the booking that a change replaces."""
    if not change.takes:
        return change.changes
    return {
        **change.changes,
        "slots": [slot.slot_id for slot in change.takes],
        "starts_at": change.takes[0].starts_at,
        "ends_at": change.takes[-1].ends_at,
    }


def changed_booking(booking: Booking, change: StatusChange) -> Booking:
    """Return the booking as the ledger will write it."""
    return msgspec.structs.replace(
        booking,
        status=TARGETS[change.verb],
        version=booking.version + 1,
        expires_at=change.expires_at,
        **changes_of(change),
    )


def status_event(kind: Callable[..., StatusChanged]) -> Callable[[Booking, Booking], Event]:
    """Return what makes a `StatusChanged` event; a `partial` gives it its further fields."""

    def event(before: Booking, after: Booking) -> Event:
        return kind(
            offering_id=after.offering_id,
            slots=tuple(after.slots),
            party=after.party,
            from_status=before.status,
            to_status=after.status,
            booking_version=after.version,
        )

    return event


def require_status(booking: Booking, verb: Verb) -> None:
    """Raise the error of the booking's status unless `verb` applies to it, or was applied."""
    if booking.status not in (*SOURCES[verb], TARGETS[verb]):
        raise wrong_status(booking.status)

"""Commands to the ledger: a tagged union, one struct for each kind of command.

A command carries what the ledger decides on: the places it takes, the state it was decided on, the
key that identifies a repeat. The rest of a row (`new_booking`, `booking_changes`, `new_entry`)
travels as a payload, so a new column of a booking needs no change here or in the ledger's SQL.

The ledger knows no verbs of the business beyond these kinds. A move is a change that releases the
current places and takes others, a confirmation one that takes the same places again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from typing_extensions import override

from fullhouse.booking.model.booking import Booking, Status
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.waiting import EntryStatus, WaitingEntry
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import OrgId

CommandKind = Literal[
    "create_booking",
    "change_booking",
    "join_waiting_list",
    "leave_waiting_list",
    "set_capacity",
    "expire_holds",
]
NO_FINGERPRINT: Final = UUID(int=0)
VerdictCode = Literal[
    "done",
    "replayed",
    "key_reused",
    "unknown_booking",
    "quarantined",
    "wrong_status",
    "stale",
    "duplicate",
    "customer_full",
    "unknown_slot",
    "slot_closed",
    "slot_full",
    "below_sold",
    "too_many_holds",
    "waits_already",
]


class Take(msgspec.Struct, frozen=True):
    """Places taken in one slot. A take of no places only locks the slot."""

    slot_id: SlotId
    places: int = 0


class ClientLimits(msgspec.Struct, frozen=True):
    """A client, and how many holds, places, and entries for one slot it may have at once."""

    client: UUID
    holds_max: int
    places_max: int
    waits_max: int


class CommandHeader(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"
):
    """Fields of every command, by the names in the database's type `ledger_command`.

    Holds past their time are expired on every slot in `takes` before the command is decided.
    """

    command_id: UUID
    org_id: OrgId
    aggregate_id: UUID
    actor: str
    correlation_id: UUID
    takes: tuple[Take, ...] = ()

    def exclusive_marks(self) -> tuple[object, ...]:
        """Values that no two commands of one group may share: each must see the other's effect.

        Integers of ids, because each is hashed three times and a UUID hashes in Python.
        """
        return (self.aggregate_id.int,)


class RecordedCommand(CommandHeader, frozen=True, kw_only=True):
    """A command that appends an event when it is done."""

    event: str
    """The kind of `event_data`, see `booking.events`."""
    event_data: Event


class IdempotentCommand(RecordedCommand, frozen=True, kw_only=True):
    """A command whose outcome is stored under its key, and returned to a repeat.

    The fingerprint tells a repeat from another request under the same key of a client.
    """

    key: UUID
    fingerprint: UUID = NO_FINGERPRINT
    key_is_derived: bool = False

    @override
    def exclusive_marks(self) -> tuple[object, ...]:
        return (self.key.int, self.aggregate_id.int)


class BookingCommand(IdempotentCommand, frozen=True, kw_only=True):
    """A command that takes places for a booking.

    With `expires_at` the places are held until then. `duplicate_window_minutes` refuses a second
    booking of the same customer so near, `customer_bookings_max` one more of the offering than so
    many within a day. `entry_id` is the entry of the waiting list that the
    command moves to `entry_status`.
    """

    expires_at: datetime | None = None
    client_limits: ClientLimits | None = None
    ignore_closed: bool = False
    duplicate_window_minutes: int | None = None
    customer_bookings_max: int | None = None
    entry_id: UUID | None = None
    expected_entry_status: EntryStatus | None = None
    entry_status: EntryStatus | None = None

    def booking_marks(self, customer_email: object) -> tuple[object, ...]:
        """The exclusive marks, given the booking's new e-mail address; None leaves it as it is."""
        marks: tuple[object, ...] = (self.key.int, self.aggregate_id.int)
        if self.entry_id is not None:
            marks += (self.entry_id.int,)
        if self.duplicate_window_minutes or self.customer_bookings_max:
            marks += ((self.org_id.int, customer_email),)
        if self.client_limits is not None:
            marks += (self.client_limits.client.int,)
        return marks


class CreateBookingCommand(BookingCommand, frozen=True, kw_only=True, tag="create_booking"):
    """Insert a booking and take its places; `failure_event` is appended when there are none."""

    new_booking: Booking
    failure_event: str

    @override
    def exclusive_marks(self) -> tuple[object, ...]:
        return self.booking_marks(self.new_booking.customer_email)


class ChangeBookingCommand(BookingCommand, frozen=True, kw_only=True, tag="change_booking"):
    """Change a booking that has one of the expected statuses and the expected version.

    `releases_current` gives its places back before `takes` is decided. `booking_changes` names
    columns with their new values; null is a value.
    """

    expected_version: int
    expected_statuses: tuple[Status, ...]
    status: Status
    booking_changes: Mapping[str, object]
    releases_current: bool = False

    @override
    def exclusive_marks(self) -> tuple[object, ...]:
        return self.booking_marks(self.booking_changes.get("customer_email"))


class JoinWaitingListCommand(IdempotentCommand, frozen=True, kw_only=True, tag="join_waiting_list"):
    """Append an entry to the waiting list of a slot."""

    new_entry: WaitingEntry
    client_limits: ClientLimits | None = None

    @override
    def exclusive_marks(self) -> tuple[object, ...]:
        marks = (self.key.int, self.aggregate_id.int)
        limits = self.client_limits
        return marks if limits is None else (*marks, limits.client.int)


class LeaveWaitingListCommand(RecordedCommand, frozen=True, kw_only=True, tag="leave_waiting_list"):
    """End an entry of a waiting list that no places were offered to.

    Without a client's key a repeat is recognised by the entry, which has ended.
    """

    entry_id: UUID
    expected_entry_status: EntryStatus
    entry_status: EntryStatus
    key: UUID | None = None
    fingerprint: UUID | None = None

    @override
    def exclusive_marks(self) -> tuple[object, ...]:
        return (
            (self.aggregate_id.int,) if self.key is None else (self.key.int, self.aggregate_id.int)
        )


class SetCapacityCommand(IdempotentCommand, frozen=True, kw_only=True, tag="set_capacity"):
    """Set the capacity of a slot, never below the places taken.

    With `expected_capacity` only while it is that: a slot's capacity is all that is changed here,
    so it stands for a version.
    """

    capacity: int
    expected_capacity: int | None = None


class ExpireHoldsCommand(CommandHeader, frozen=True, kw_only=True, tag="expire_holds"):
    """Give back the places of holds past their time, as any command on their slots does."""


Command = (
    CreateBookingCommand
    | ChangeBookingCommand
    | JoinWaitingListCommand
    | LeaveWaitingListCommand
    | SetCapacityCommand
    | ExpireHoldsCommand
)

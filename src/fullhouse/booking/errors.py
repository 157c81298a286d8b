"""What can keep a booking from being made or changed, each a sentence with its facts."""

from fullhouse.kernel.errors import FullhouseError, InvalidInput, NotFound, TransientError


class BookingError(FullhouseError):
    """The booking stays as it is; the facts say why and what would work instead."""

    code = "booking_error"


class UnknownOffering(NotFound):
    """No offering of this organisation has that name."""

    code = "unknown_offering"


class UnknownSlot(NotFound):
    """No slot of this organisation has that id; it may have left the schedule."""

    code = "unknown_slot"


class UnknownBooking(NotFound):
    """No booking of this organisation has that reference, or the link's token is not its own."""

    code = "unknown_booking"


class UnknownWaiting(NotFound):
    """No entry of this organisation's waiting lists has that id."""

    code = "unknown_waiting"


class SlotsNotTogether(InvalidInput):
    """Slots booked in one booking must differ and be of one offering."""

    code = "slots_not_together"


class PartyNotAdmitted(InvalidInput):
    """The offering admits parties of `party_min` to `party_max`."""

    code = "party_not_admitted"


class SlugTaken(InvalidInput):
    """Another offering of the organisation has that address already."""

    code = "slug_taken"


class SlotFull(BookingError):
    """The slot has fewer places left than the party needs; `alternatives` lists slots that fit."""

    code = "slot_full"


class SlotClosed(BookingError):
    """The slot takes no bookings; `reason` says why in the owner's words."""

    code = "slot_closed"


class SlotPast(BookingError):
    """The slot has begun, or is too near to be booked still."""

    code = "slot_past"


class IdempotencyKeyReused(BookingError):
    """The same key came with another request; as long as it is known, a key belongs to one."""

    code = "idempotency_key_reused"


class PossibleDuplicate(BookingError):
    """The same customer has booking `ref` near that time; say `another` if both are wanted."""

    code = "possible_duplicate"


class HoldExpired(BookingError):
    """The places were held until `expires_at` and are free for others since."""

    code = "hold_expired"


class AlreadyCheckedIn(BookingError):
    """The party has arrived already."""

    code = "already_checked_in"


class AlreadyCancelled(BookingError):
    """The booking was cancelled before."""

    code = "already_cancelled"


class WrongStatus(BookingError):
    """The booking's `status` does not allow this change."""

    code = "wrong_status"


class TooLateToCancel(BookingError):
    """The offering's policy allowed cancelling `until` then."""

    code = "too_late_to_cancel"


class TooLateToMove(BookingError):
    """The offering's policy allowed moving `until` then."""

    code = "too_late_to_move"


class TooLateToUndo(BookingError):
    """Undoing is offered for a minute."""

    code = "too_late_to_undo"


class CapacityBelowSold(BookingError):
    """The slot has `sold` places taken; move or cancel bookings before making it smaller."""

    code = "capacity_below_sold"


class ChangedMeanwhile(TransientError):
    """Somebody else changed the booking at the same moment, again and again; look and repeat."""

    code = "changed_meanwhile"


class LedgerRefused(TransientError):
    """The database refused this command by its rule `constraint`; nothing was written."""

    code = "ledger_refused"

"""Errors of making, changing and finding bookings, with what would work instead."""

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import Alternative, SlotId
from fullhouse.kernel.errors import FullhouseError, InvalidInput, NotFound, TransientError
from fullhouse.kernel.timespan import Instant


class BookingError(FullhouseError):
    """The change of a booking is refused; the booking stays as it is."""

    code = "booking_error"
    message = "The booking cannot be changed like this. Fetch it and look at its status."
    offering: str | None = None
    zone: str | None = None


class UnknownOffering(NotFound):
    """No offering of this organisation has that name."""

    code = "unknown_offering"
    message = "There is no such offering. Choose one that the list of offerings has."
    offering: OfferingId | None = None


class UnknownSlot(NotFound):
    """No slot of this organisation has that id; it, or its offering, may be on sale no more."""

    code = "unknown_slot"
    message = "There is no such slot any more. Fetch the availability again and choose another."
    slot: SlotId | None = None


class UnknownBooking(NotFound):
    """No booking of this organisation has that reference, or the link's token is not its own."""

    code = "unknown_booking"
    message = "There is no such booking. Check the reference, and the token of its link."


class UnknownWaiting(NotFound):
    """No entry of this organisation's waiting lists has that id."""

    code = "unknown_waiting"
    message = "There is no such entry on a waiting list. Check its id, and the token of its link."


class AlreadyWaiting(BookingError):
    """Somebody put this e-mail address on the waiting list of that time before."""

    code = "already_waiting"
    message = (
        "This e-mail address is on the waiting list for that time already. Choose another "
        "time, or wait until places are offered."
    )


class ClientWaitsAlready(BookingError):
    """Somebody of the same network waits for that time already; the limit is a setting."""

    code = "client_waits_already"
    message = "Somebody on your network is waiting for that time already. Wait for another time."


class TooManyHolds(TransientError):
    """The holds and waiting-list entries of one network are limited: `holds`, of `places` places.

    `retry_after_seconds` is when the first hold ends.
    """

    code = "too_many_holds"
    message = (
        "Many places are held from your network just now. Book those that you hold, or give them "
        "back, or try again later."
    )
    holds: int = 0
    places: int = 0


class SlotsNotTogether(InvalidInput):
    """Slots booked in one booking must differ and be of one offering."""

    code = "slots_not_together"
    message = (
        "These slots differ in their offering, or one is named twice. Choose different slots "
        "of one offering."
    )
    field: str = "slot"


class PartyNotAdmitted(InvalidInput):
    """The offering admits parties of `party_min` to `party_max`."""

    code = "party_not_admitted"
    message = "A party of this size cannot book here. Choose one between party_min and party_max."
    field: str = "party"
    party_min: int
    party_max: int


class UnknownPriceCategory(InvalidInput):
    """The offering has no price category with that id; `category` is the id."""

    code = "unknown_price_category"
    message = (
        "The offering has no such price category. Fetch the offering and send `guests` by the ids "
        "of its `price_categories`, or `party` alone where it has none."
    )
    field: str = "guests"
    category: str


class GuestsNotGiven(InvalidInput):
    """A booking with guests of several price categories cannot be changed by `party` alone."""

    code = "guests_not_given"
    message = (
        "The guests of this booking pay different prices. Send how many of each price category "
        "come, as `guests`."
    )
    field: str = "guests"


class UnknownQuestion(NotFound):
    """The offering does not ask a question with that id, or asks it no more."""

    code = "unknown_question"
    message = "The offering does not ask this question. Fetch the offering to see what it asks."


class AnswerMissing(InvalidInput):
    """A question of the offering must be answered; `question` is its id."""

    code = "answer_missing"
    message = "A question of this offering must be answered. Send an answer for it."
    field: str = "answers"
    question: str


class AnswerNotValid(InvalidInput):
    """An answer does not fit its question, or the offering asks no such question."""

    code = "answer_not_valid"
    message = "An answer does not fit its question. Fetch the offering and answer its questions."
    field: str = "answers"
    question: str


class OfferingSlugTaken(InvalidInput):
    """Another offering of the organisation has that address already."""

    code = "slug_taken"
    message = "Another offering has that address. Choose another."
    field: str = "slug"


class TooManyOfferings(InvalidInput):
    """The organisation has as many offerings as it can, which is `limit`."""

    code = "too_many_offerings"
    message = "You have as many offerings as you can. Change one that you do not need any more."
    field: str = "slug"
    limit: int


class SlotFull(BookingError):
    """The slot has fewer places left than the party needs; `alternatives` lists slots that fit."""

    code = "slot_full"
    message = (
        "This time is sold out for a party of this size. Choose one of the alternatives, or "
        "join the waiting list."
    )
    slot: SlotId
    remaining: int
    alternatives: tuple[Alternative, ...] = ()


class SlotClosed(BookingError):
    """The slot takes no bookings; `reason` is the reason that the owner gave."""

    code = "slot_closed"
    message = "This time is closed. Choose one of the alternatives."
    slot: SlotId
    reason: str | None = None
    alternatives: tuple[Alternative, ...] = ()


class SlotNotOpen(BookingError):
    """The slot is further ahead than the offering is sold; guests may book it from `opens_at`."""

    code = "slot_not_open"
    message = "This time cannot be booked yet. Try again when its booking opens."
    opens_at: Instant


class SlotPast(BookingError):
    """The slot has begun, or is too near to be booked still."""

    code = "slot_past"
    message = "This time can no longer be booked. Choose a later one."


class PossibleDuplicate(BookingError):
    """The same customer has a booking near that time; say `allow_duplicate` if both are wanted.

    `ref`, `starts_at` and `party` of that booking are for staff and API keys alone.
    """

    code = "possible_duplicate"
    message = (
        "There is a booking for this e-mail address near that time. Set allow_duplicate: true "
        "to book both."
    )
    ref: str | None = None
    starts_at: Instant | None = None
    party: int | None = None


class TooManyBookings(BookingError):
    """Guests have made `bookings_max` bookings of this offering for this e-mail address in a day.

    The business can make more.
    """

    code = "too_many_bookings"
    message = (
        "There are many bookings for this e-mail address from today already. Change one by the "
        "link in its ticket, or ask the business for more."
    )
    bookings_max: int


class BookingQuarantined(BookingError):
    """A consistency check found the booking broken; it is not changed until it is repaired."""

    code = "booking_quarantined"
    message = (
        "This booking cannot be changed at the moment, because its data is being checked. Your "
        "places are not given to anybody else. Try again later, or ask the business."
    )


class HoldHasExpired(BookingError):
    """The places were held until `expires_at` and are free for others since."""

    code = "hold_expired"
    message = "The hold has run out, and its places were released. Hold or book them again."
    expires_at: Instant | None = None


class NotArrivalTime(BookingError):
    """The booking is for `starts_at`; staff may insist on recording it at another time."""

    code = "not_arrival_time"
    message = "This booking is for another time. Set any_time: true to record it all the same."
    starts_at: Instant


class AlreadyCheckedIn(BookingError):
    """The party has arrived already."""

    code = "already_checked_in"
    message = "This party was checked in before. Check that the ticket is not used twice."


class AlreadyCancelled(BookingError):
    """The booking was cancelled before."""

    code = "already_cancelled"
    message = "This booking was cancelled before. Make a new one."


class WrongStatus(BookingError):
    """The status of the booking (`booking_status`) does not allow this change."""

    code = "wrong_status"
    message = (
        "The status of the booking does not allow this change. Fetch the booking to see its status."
    )
    booking_status: str


class TooLateToCancel(BookingError):
    """The offering's policy allowed cancelling `until` then."""

    code = "too_late_to_cancel"
    message = "It is too late to cancel this booking. Ask the business."
    until: Instant | None = None


class TooLateToMove(BookingError):
    """The offering's policy allowed moving `until` then."""

    code = "too_late_to_move"
    message = "It is too late to move this booking. Ask the business."
    until: Instant | None = None


class TooLateToReduce(BookingError):
    """The offering's policy allowed coming with fewer guests `until` then."""

    code = "too_late_to_reduce"
    message = "It is too late to come with fewer people. Ask the business."
    until: Instant | None = None


class TooLateToAnswer(BookingError):
    """Guests could change their answers `until` then."""

    code = "too_late_to_answer"
    message = "It is too late to change the answers. Ask the business."
    until: Instant | None = None


class TooLateToUndo(BookingError):
    """Undoing is possible for a minute only."""

    code = "too_late_to_undo"
    message = "It is too late to undo this. Make the change anew."


class TooManyContactChanges(BookingError):
    """A guest has changed the contact details of a booking `changes_max` times; staff can more."""

    code = "too_many_contact_changes"
    message = "The contact details were changed several times already. Ask the business."
    changes_max: int


class TooManyChanges(BookingError):
    """The booking was changed `changes_max` times; its guest cannot any more, staff can."""

    code = "too_many_changes"
    message = "This booking was changed very many times already. Ask the business."
    changes_max: int


class CancelledByStaff(BookingError):
    """The business cancelled this booking, so its guest cannot undo that."""

    code = "cancelled_by_staff"
    message = (
        "The business cancelled this booking, so only the business can undo that. Ask the business."
    )


class CapacityBelowSold(BookingError):
    """The slot has `sold` places taken; move or cancel bookings before making it smaller."""

    code = "capacity_below_sold"
    message = "More places than that are taken. Move or cancel bookings first."
    slot: SlotId
    sold: int


class ChangedMeanwhile(TransientError):
    """The booking was changed by other requests at the same moment, repeatedly; read it again."""

    code = "changed_meanwhile"
    message = "The booking was changed at the same moment. Fetch it again and repeat your change."


class LedgerRefused(TransientError):
    """The database refused this command by its rule `constraint`; nothing was written."""

    code = "ledger_refused"
    message = "This could not be written just now. Try again in a moment."
    constraint: str | None = None

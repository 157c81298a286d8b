"""Results and errors from the ledger's verdicts."""

from typing import Final, Generic, NoReturn, TypeVar

import msgspec

from fullhouse.booking import errors
from fullhouse.booking.model.commands import VerdictCode
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.outcomes import Outcome
from fullhouse.booking.ports import Verdict
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.errors import FullhouseError, IdempotencyKeyReused

T = TypeVar("T", bound=Outcome)
E = TypeVar("E", bound=FullhouseError)


class Result(msgspec.Struct, Generic[T], frozen=True):
    """The outcome of a command; `replayed` when the same request had been answered before."""

    outcome: T
    replayed: bool


def result_of(
    verdict: Verdict,
    kind: type[T],
    context: RequestContext,
    *,
    offering: Offering | None = None,
    zone: str | None = None,
) -> Result[T]:
    """Return the outcome, or raise the error of the verdict; times are shown in `zone`."""
    if verdict.outcome is None:
        raise_verdict(verdict, context, offering=offering, zone=zone)
    if not isinstance(verdict.outcome, kind):
        raise IdempotencyKeyReused("This key belongs to a request of another sort.")
    return Result(verdict.outcome, replayed=verdict.code == "replayed")


def raise_verdict(
    verdict: Verdict, context: RequestContext, *, offering: Offering | None, zone: str | None
) -> NoReturn:
    """Raise the error of a verdict.

    Only a principal that may view bookings is told which booking exists already: a guest without
    its link has proved nothing but to know an e-mail address.
    """
    if verdict.code == "wrong_status":
        raise wrong_status(str(verdict.details.get("status")))
    kind, place = _ERRORS[verdict.code], dict[str, object]()
    if issubclass(kind, errors.BookingError) and offering is not None:
        place = {"offering": offering.slug, "zone": zone}
    if verdict.code == "duplicate" and not context.may(Permission.VIEW_BOOKINGS):
        verdict = Verdict(verdict.code, {}, None)
    raise error_of(kind, verdict, **place)


def error_of(kind: type[E], verdict: Verdict, **place: object) -> E:
    """Return the error with the attributes that it declares, from the verdict and `place`."""
    return msgspec.convert({**verdict.details, **place}, kind)


def wrong_status(status: str) -> FullhouseError:
    """Return the error that says why a booking in this status cannot be changed as requested."""
    match status:
        case "checked_in":
            return errors.AlreadyCheckedIn()
        case "cancelled":
            return errors.AlreadyCancelled()
        case "expired":
            return errors.HoldHasExpired()
        case "released":
            return errors.HoldHasExpired("These places were given back.")
        case _:
            return errors.WrongStatus(booking_status=status)


_ERRORS: Final[dict[VerdictCode, type[FullhouseError]]] = {
    "key_reused": IdempotencyKeyReused,
    "unknown_booking": errors.UnknownBooking,
    "quarantined": errors.BookingQuarantined,
    "unknown_slot": errors.UnknownSlot,
    "stale": errors.ChangedMeanwhile,
    "duplicate": errors.PossibleDuplicate,
    "customer_full": errors.TooManyBookings,
    "slot_closed": errors.SlotClosed,
    "slot_full": errors.SlotFull,
    "below_sold": errors.CapacityBelowSold,
    "too_many_holds": errors.TooManyHolds,
    "waits_already": errors.ClientWaitsAlready,
}

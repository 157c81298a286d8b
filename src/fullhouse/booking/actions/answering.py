"""From a request to the key it is known by, and from a verdict to an answer or an error."""

from typing import Final, Generic, NoReturn, TypeVar
from uuid import UUID

import msgspec

from fullhouse.booking import errors
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.outcomes import Outcome
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.ports import Verdict
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import OrgId, derived_id, fingerprint

T = TypeVar("T", bound=Outcome)
E = TypeVar("E", bound=FullhouseError)


class Answer(msgspec.Struct, Generic[T], frozen=True):
    """What it came to; `replayed` when this very request had been answered before."""

    outcome: T
    replayed: bool


class Key(msgspec.Struct, frozen=True):
    """What a request is known by, and the print of what it said."""

    key: UUID
    fingerprint: UUID
    derived: bool


def key_of(org_id: OrgId, caller: Caller, *meaning: object) -> Key:
    """The client's own key, or else the UUIDv5 of the request's meaning.

    A derived key holds for a quarter of an hour, and then the booking it made is told of as a
    duplicate; once that has been cancelled the same wish is a new one. The client's own key holds
    as long as it is known.
    """
    said = "\x1f".join(map(str, meaning))
    if caller.key is None:
        return Key(derived_id(str(org_id), said), _EMPTY, derived=True)
    return Key(
        derived_id(str(org_id), "client", caller.key), fingerprint(said.encode()), derived=False
    )


def answered(
    verdict: Verdict,
    kind: type[T],
    *,
    offering: Offering | None = None,
    zone: str | None = None,
) -> Answer[T]:
    """The answer, or the error that the verdict amounts to; its times are told in `zone`."""
    if verdict.outcome is None:
        refuse(verdict, offering=offering, zone=zone)
    if not isinstance(verdict.outcome, kind):
        raise errors.IdempotencyKeyReused("This key belongs to a request of another sort.")
    return Answer(verdict.outcome, replayed=verdict.say == "replayed")


def refuse(verdict: Verdict, *, offering: Offering | None, zone: str | None) -> NoReturn:
    """Raise what the verdict says, in words for people."""
    if verdict.say == "wrong_status":
        raise wrong_status(str(verdict.facts.get("status")))
    kind = _REFUSALS[verdict.say]
    if issubclass(kind, errors.BookingError) and offering is not None:
        raise error_of(kind, verdict, offering=offering.slug, zone=zone)
    raise error_of(kind, verdict)


def error_of(kind: type[E], verdict: Verdict, **others: object) -> E:
    """The error with the attributes that it declares, taken from the verdict and `others`."""
    return msgspec.convert({**verdict.facts, **others}, kind)


def wrong_status(status: str) -> FullhouseError:
    """The error that says why a booking in this status cannot be changed as requested."""
    match status:
        case "checked_in":
            return errors.AlreadyCheckedIn()
        case "cancelled":
            return errors.AlreadyCancelled()
        case "expired":
            return errors.HoldExpired()
        case "released":
            return errors.HoldExpired("These places were given back.")
        case _:
            return errors.WrongStatus(booking_status=status)


_EMPTY: Final = UUID(int=0)
_REFUSALS: Final[dict[str, type[FullhouseError]]] = {
    "key_reused": errors.IdempotencyKeyReused,
    "unknown_booking": errors.UnknownBooking,
    "unknown_slot": errors.UnknownSlot,
    "stale": errors.ChangedMeanwhile,
    "duplicate": errors.PossibleDuplicate,
    "slot_closed": errors.SlotClosed,
    "slot_full": errors.SlotFull,
    "below_sold": errors.CapacityBelowSold,
}

"""From a request to the key it is known by, and from a verdict to an answer or an error."""

from datetime import datetime
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
    kind, words = _REFUSALS[verdict.say]
    facts = dict(verdict.facts)
    if isinstance(starts_at := facts.get("starts_at"), str):
        facts["starts_at"] = datetime.fromisoformat(starts_at)
    if offering is not None:
        facts |= {"offering": offering.slug, "zone": zone}
    raise kind(words, **facts)


def wrong_status(status: str) -> FullhouseError:
    """Why a booking in this status cannot be changed as asked."""
    kind, words = _STATUSES.get(
        status, (errors.WrongStatus, "The booking's status does not allow this change.")
    )
    return kind(words, status=status)


_EMPTY: Final = UUID(int=0)
_REFUSALS: Final[dict[str, tuple[type[FullhouseError], str]]] = {
    "key_reused": (
        errors.IdempotencyKeyReused,
        "This Idempotency-Key came with another request before. Use a new key for a new request.",
    ),
    "unknown_booking": (errors.UnknownBooking, "There is no such booking."),
    "unknown_slot": (errors.UnknownSlot, "There is no such time; look at the calendar again."),
    "stale": (errors.ChangedMeanwhile, "The booking was changed at the same moment. Look again."),
    "duplicate": (
        errors.PossibleDuplicate,
        "There is a booking for this e-mail address near that time. Say if you want both.",
    ),
    "slot_closed": (errors.SlotClosed, "This time is closed."),
    "slot_full": (errors.SlotFull, "This time has just been taken."),
    "below_sold": (
        errors.CapacityBelowSold,
        "More places than that are taken. Move or cancel bookings first.",
    ),
}
_STATUSES: Final[dict[str, tuple[type[FullhouseError], str]]] = {
    "checked_in": (errors.AlreadyCheckedIn, "This party has arrived already."),
    "cancelled": (errors.AlreadyCancelled, "This booking was cancelled before."),
    "expired": (errors.HoldExpired, "These places were held for a while and are free again now."),
    "released": (errors.HoldExpired, "These places were given back."),
}

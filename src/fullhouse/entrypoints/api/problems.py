"""Every error as an answer: RFC 9457 `application/problem+json`, by one table from type to status.

The most particular type in an error's ancestry decides, so the four families at the end catch what
a part adds later; a test asks that every error of the business stands here itself.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking import errors as booking
from fullhouse.booking.ports import Alternative
from fullhouse.entrypoints.api import refusals
from fullhouse.entrypoints.api.answer import NO_STORE, Answer
from fullhouse.kernel import errors as kernel
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.people import errors as people
from fullhouse.scheduling import errors as scheduling
from fullhouse.scheduling.model.closures import ClosureInvalid, HolidaysUnknown
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.recurrence import RuleInvalid, TooManySlots
from fullhouse.scheduling.model.schedule import ScheduleInvalid
from fullhouse.storage import errors as storage

STATUS: Final[Mapping[type[FullhouseError], int]] = {
    # What cannot be read
    refusals.HttpError: 400,
    refusals.BodyNotJson: 400,
    refusals.ClientLeft: 400,
    refusals.NothingHere: 404,
    refusals.MethodNotAllowed: 405,
    refusals.BodyTooLarge: 413,
    refusals.WrongMediaType: 415,
    refusals.InvalidFields: 422,
    refusals.TooManyRequests: 429,
    # Who asks
    people.NotSignedIn: 401,
    people.SignInLinkSpent: 401,
    refusals.NotYours: 403,
    refusals.CrossSite: 403,
    # What is not there
    people.UnknownOrganisation: 404,
    people.UnknownVenue: 404,
    people.UnknownApiKey: 404,
    booking.UnknownOffering: 404,
    booking.UnknownSlot: 404,
    booking.UnknownBooking: 404,
    booking.UnknownWaiting: 404,
    scheduling.UnknownSchedule: 404,
    scheduling.UnknownClosure: 404,
    # What cannot be meant
    booking.SlotsNotTogether: 422,
    booking.PartyNotAdmitted: 422,
    RuleInvalid: 422,
    TooManySlots: 422,
    ScheduleInvalid: 422,
    ClosureInvalid: 422,
    CalendarInvalid: 422,
    HolidaysUnknown: 422,
    booking.IdempotencyKeyReused: 422,
    # What the state of things does not allow
    people.SlugTaken: 409,
    booking.SlugTaken: 409,
    people.PeopleError: 409,
    booking.BookingError: 409,
    booking.SlotFull: 409,
    booking.SlotClosed: 409,
    booking.SlotPast: 409,
    booking.PossibleDuplicate: 409,
    booking.HoldExpired: 409,
    booking.AlreadyCheckedIn: 409,
    booking.AlreadyCancelled: 409,
    booking.WrongStatus: 409,
    booking.TooLateToCancel: 409,
    booking.TooLateToMove: 409,
    booking.TooLateToUndo: 409,
    booking.CapacityBelowSold: 409,
    booking.ChangedMeanwhile: 409,
    # What may work in a moment
    booking.LedgerRefused: 503,
    kernel.DeadlineExceeded: 503,
    kernel.Overloaded: 503,
    storage.DatabaseUnavailable: 503,
    storage.DatabaseBusy: 503,
    storage.OutcomeUnknown: 503,
    # The families
    kernel.InvalidInput: 422,
    kernel.NotFound: 404,
    TransientError: 503,
    FullhouseError: 500,
}

PROBLEM_TYPE: Final = (b"content-type", b"application/problem+json")
_OUR_WORDS: Final = frozenset({"type", "title", "status", "code", "detail"})
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode


def status_of(kind: type[FullhouseError]) -> int:
    """The HTTP status of an error, by the nearest type of its ancestry in the table."""
    return next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)


def problem_of(error: FullhouseError) -> Answer:
    """The answer that tells of an error: its code, its sentence and its facts."""
    kind = type(error)
    status = status_of(kind)
    shown = {
        "type": f"urn:fullhouse:problem:{error.code}",
        "title": title_of(kind.__name__),
        "status": status,
        "code": error.code,
        "detail": "" if status == HTTPStatus.INTERNAL_SERVER_ERROR else error.detail,
        **_facts_of(error, status),
    }
    return Answer(status, _encode(shown), _headers_of(error, status))


@cache
def title_of(name: str) -> str:
    """`SlotFull` as *Slot full*."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _headers_of(error: FullhouseError, status: int) -> tuple[tuple[bytes, bytes], ...]:
    headers = [PROBLEM_TYPE, NO_STORE]
    if isinstance(error, TransientError):
        after = error.facts.get("retry_after_seconds", error.retry_after_seconds)
        headers.append((b"retry-after", str(after).encode()))
    elif isinstance(error, storage.OutcomeUnknown):
        headers.append((b"retry-after", b"1"))
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b'Bearer realm="fullhouse"'))
    if isinstance(error, refusals.MethodNotAllowed):
        headers.append((b"allow", str(error.facts["allow"]).encode()))
    return tuple(headers)


def _facts_of(error: FullhouseError, status: int) -> dict[str, object]:
    """What the error knows, in the venue's time; of our own faults nothing leaves the house."""
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return {}
    zone = error.facts.get("zone")
    place = ZoneInfo(zone) if isinstance(zone, str) else None
    facts = {
        name: _shown(fact, place)
        for name, fact in error.facts.items()
        if name not in _OUR_WORDS and fact is not None
    }
    field = facts.pop("field", None)
    if isinstance(field, str):
        facts["errors"] = [{"field": field, "message": error.detail}]
    return facts


def _shown(fact: object, place: ZoneInfo | None) -> object:
    match fact:
        case datetime():
            return fact if place is None else fact.astimezone(place)
        case Alternative():
            return {
                "id": fact.slot_id,
                "starts_at": _shown(fact.starts_at, place),
                "ends_at": _shown(fact.ends_at, place),
                "remaining": fact.remaining,
            }
        case str() | bytes() | None:
            return fact
        case Sequence():
            return [_shown(item, place) for item in fact]
        case _:
            return fact

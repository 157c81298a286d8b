"""Every error as an answer: RFC 9457 `application/problem+json`, by one table from type to status.

The most particular type in an error's ancestry decides, so the four families at the end catch what
a part adds later; a test asks that every error of the business stands here itself.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from fullhouse.booking import errors as booking
from fullhouse.booking.model.slot import Alternative
from fullhouse.entrypoints.security import errors as security
from fullhouse.http import errors as http
from fullhouse.http.operations import decoding
from fullhouse.http.response import NO_STORE, Response
from fullhouse.kernel import errors as kernel
from fullhouse.kernel.errors import (
    FullhouseError,
    IdempotencyKeyReused,
    InvalidInput,
    TransientError,
    VersionConflict,
)
from fullhouse.people import errors as people
from fullhouse.scheduling import errors as scheduling
from fullhouse.scheduling.model.closures import ClosureInvalid, HolidaysUnknown
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.recurrence import RuleInvalid, TooManySlots
from fullhouse.scheduling.model.schedule import ScheduleInvalid
from fullhouse.storage import errors as storage

STATUS: Final[Mapping[type[FullhouseError], int]] = {
    # What cannot be read
    http.HttpError: 400,
    decoding.BodyNotJson: 400,
    http.ClientDisconnected: 400,
    http.RouteNotFound: 404,
    http.MethodNotAllowed: 405,
    http.RequestTimedOut: 408,
    http.BodyTooLarge: 413,
    decoding.WrongMediaType: 415,
    http.TooManyRequests: 429,
    # Who asks
    people.NotSignedIn: 401,
    people.NotPermitted: 403,
    people.SignInLinkSpent: 401,
    security.WrongOrganisation: 403,
    http.CrossSiteRequest: 403,
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
    IdempotencyKeyReused: 422,
    VersionConflict: 412,
    # What the state of things does not allow
    people.OrganisationSlugTaken: 409,
    booking.OfferingSlugTaken: 409,
    people.PeopleError: 409,
    booking.BookingError: 409,
    booking.SlotFull: 409,
    booking.SlotClosed: 409,
    booking.SlotPast: 409,
    booking.PossibleDuplicate: 409,
    booking.HoldHasExpired: 409,
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
    http.ResponseTimedOut: 503,
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
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode


def status_of(kind: type[FullhouseError]) -> int:
    """The HTTP status of an error, by the nearest type of its ancestry in the table."""
    return next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)


def problem_of(error: FullhouseError) -> Response:
    """The response that shows an error: its code, its sentence and its details."""
    kind = type(error)
    status = status_of(kind)
    shown = {
        "type": f"urn:fullhouse:problem:{error.code}",
        "title": title_of(kind.__name__),
        "status": status,
        "code": error.code,
        "detail": "" if status == HTTPStatus.INTERNAL_SERVER_ERROR else error.detail,
        **_details_of(error, status),
    }
    return Response(status, _encode(shown), _headers_of(error, status))


@cache
def title_of(name: str) -> str:
    """`SlotFull` as *Slot full*."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _headers_of(error: FullhouseError, status: int) -> tuple[tuple[bytes, bytes], ...]:
    headers = [PROBLEM_TYPE, NO_STORE]
    if isinstance(error, TransientError):
        headers.append((b"retry-after", str(error.retry_after_seconds).encode()))
    elif isinstance(error, storage.OutcomeUnknown):
        headers.append((b"retry-after", b"1"))
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b'Bearer realm="fullhouse"'))
    if isinstance(error, http.MethodNotAllowed):
        headers.append((b"allow", error.allow.encode()))
    return tuple(headers)


def _details_of(error: FullhouseError, status: int) -> dict[str, object]:
    """The details of the error, its times in the zone of the venue; none of a fault of ours."""
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return {}
    zone = ZoneInfo(error.zone) if isinstance(error, booking.BookingError) and error.zone else None
    details = {name: _shown(value, zone) for name, value in error.details.items()}
    if isinstance(error, InvalidInput):
        details["errors"] = [{"field": details.pop("field"), "message": error.detail}]
    return details


def _shown(value: object, zone: ZoneInfo | None) -> object:
    match value:
        case datetime() if zone is not None:
            return value.astimezone(zone)
        case Alternative() if zone is not None:
            return replace(
                value,
                starts_at=value.starts_at.astimezone(zone),
                ends_at=value.ends_at.astimezone(zone),
            )
        case tuple():
            return [_shown(item, zone) for item in value]
        case _:
            return value

"""Errors as answers: RFC 9457 `application/problem+json`, by a table from type to status."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Final

import msgspec

from fullhouse.http import errors as http
from fullhouse.http.operations import decoding
from fullhouse.http.response import NO_STORE, Response
from fullhouse.kernel import errors as kernel
from fullhouse.kernel.errors import FullhouseError, InvalidInput, TransientError
from fullhouse.storage import errors as storage

HTTP_STATUS: Final[Mapping[type[FullhouseError], int]] = {
    # What cannot be read
    http.HttpError: 400,
    http.BadHost: 400,
    decoding.BodyNotJson: 400,
    http.ClientDisconnected: 400,
    http.MetricsTokenRequired: 401,
    http.CrossSiteRequest: 403,
    http.RouteNotFound: 404,
    http.MethodNotAllowed: 405,
    http.RequestTimedOut: 408,
    http.BodyTooLarge: 413,
    decoding.QueryTooLong: 414,
    http.WrongMediaType: 415,
    http.TooManyRequests: 429,
    # What cannot be done again, or not on what was read
    kernel.IdempotencyKeyReused: 422,
    kernel.VersionConflict: 412,
    # What may work in a moment
    http.ResponseTimedOut: 503,
    kernel.DeadlineExceeded: 503,
    kernel.Overloaded: 503,
    kernel.ServiceUnavailable: 503,
    storage.DatabaseUnavailable: 503,
    storage.DatabaseBusy: 503,
    storage.DatabaseFull: 503,
    storage.OutcomeUnknown: 503,
    # The families
    kernel.InvalidInput: 422,
    kernel.NotFound: 404,
    kernel.TransientError: 503,
    kernel.FullhouseError: 500,
}
"""The status of the errors that any application has. Those of its own parts stand beside these."""

ERRORS_PATH: Final = "/docs/errors"
"""The page that documents every error; the `type` of a problem is its place there.

A path (RFC 9457 §3.1.1), so that the type is the same on every installation.
"""
PROBLEM: Final = "application/problem+json"
PROBLEM_TYPE: Final = (b"content-type", PROBLEM.encode())
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode


def details_as_they_are(error: FullhouseError) -> dict[str, object]:
    return error.details


@dataclass(frozen=True, slots=True)
class Problems:
    """The responses that errors become.

    The most particular type in an error's ancestry decides its status, so the families catch what
    has no status of its own.
    """

    status: Mapping[type[FullhouseError], int]
    details_of: Callable[[FullhouseError], dict[str, object]] = details_as_they_are
    """The details of an error as they are shown."""
    examples: Mapping[type[FullhouseError], FullhouseError] = field(default_factory=dict)
    """Of each error that has required attributes, for the OpenAPI document."""

    def status_of(self, kind: type[FullhouseError]) -> int:
        """The HTTP status of an error, by the nearest type of its ancestry in the table."""
        return next(self.status[ancestor] for ancestor in kind.__mro__ if ancestor in self.status)

    def response(self, error: FullhouseError) -> Response:
        """The problem of an error: its code, its sentence, its details; none of a fault of ours."""
        kind = type(error)
        status = self.status_of(kind)
        is_ours = status == HTTPStatus.INTERNAL_SERVER_ERROR
        details = {} if is_ours else self.details_of(error)
        if isinstance(error, InvalidInput):
            details["errors"] = [{"field": details.pop("field"), "message": error.detail}]
        shown = {
            "type": f"{ERRORS_PATH}#{error.code}",
            "title": title_of(kind.__name__),
            "status": status,
            "code": error.code,
            "detail": FullhouseError.message if is_ours else sentence_of(error),
            **details,
        }
        return Response(status, _encode(shown), _headers_of(error, status))


def sentence_of(error: FullhouseError) -> str:
    """The sentence for the client; the database's own words name hosts, users and files."""
    is_quoting = isinstance(error, storage.DatabaseUnavailable | storage.DatabaseBusy)
    return error.message if is_quoting else error.detail


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

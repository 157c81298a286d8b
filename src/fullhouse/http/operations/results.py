"""Results of handlers, and the HTTP responses that they become."""

from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar, get_origin

import msgspec

from fullhouse.http.operations.bodies import VersionedBody
from fullhouse.http.request import Request
from fullhouse.http.response import (
    JSON_TYPE,
    NO_STORE,
    AnyResponse,
    EventStream,
    Header,
    Headers,
    Response,
)

T = TypeVar("T")
Respond = Callable[[object, Request], AnyResponse]

REPLAYED: Final[Header] = (b"idempotent-replayed", b"true")
_JSON_HEADERS: Final[Headers] = (JSON_TYPE, NO_STORE)
_encode: Final = msgspec.json.Encoder().encode


class Created(msgspec.Struct, Generic[T], frozen=True):
    """A new thing: 201, and 200 for a repeat that the ledger recognised."""

    value: T
    replayed: bool = False


class Completed(msgspec.Struct, Generic[T], frozen=True):
    """The result of a command that the ledger may have recognised as a repeat: 200.

    204 when the value is None.
    """

    value: T
    replayed: bool


class CachedBody(msgspec.Struct, Generic[T], frozen=True):
    """A response encoded before, with an `ETag`: 304 for a client that has it.

    While `is_current` is true every guest who sends the same path and query gets the same response,
    see `ResponseCache`; it is asked for each of them, so it must cost next to nothing. `tokens` of
    the rate limit are the work and the bytes of the response.
    """

    response: Response
    etag: str
    tokens: int = 1
    is_current: Callable[[], bool] | None = None


def responder_of(returned: object) -> Respond:
    """How the results of a handler with this return type become responses; chosen once."""
    kind = get_origin(returned) or returned
    if kind is EventStream:
        return _stream
    return _RESPONDERS.get(kind, _respond_with_value)


def _respond_with_value(result: object, _: Request) -> Response:
    if isinstance(result, Created):  # of a handler that may create or change
        return _json(result.value, status=201)
    return _json(result)


def _respond_created(result: object, _: Request) -> Response:
    assert isinstance(result, Created)
    if result.replayed:
        return _json(result.value, replayed=True)
    return _json(result.value, status=201)


def _respond_completed(result: object, _: Request) -> Response:
    assert isinstance(result, Completed)
    return _json(result.value, replayed=result.replayed)


def _stream(result: object, _: Request) -> AnyResponse:
    assert isinstance(result, EventStream)
    return result


def respond_cached(cached: object, request: Request) -> Response:
    """The response of a `CachedBody`, or 304."""
    assert isinstance(cached, CachedBody)
    request.tokens = cached.tokens
    known = request.header(b"if-none-match")
    if known is not None and etag_matches(known, cached.etag):
        return Response(304, b"", cached.response.headers)
    return cached.response


def _json(value: object, *, status: int = 200, replayed: bool = False) -> Response:
    headers = _JSON_HEADERS if value is not None else (NO_STORE,)
    if isinstance(value, VersionedBody):
        headers = (*headers, (b"etag", etag_of(value.version)))
    if replayed:
        headers = (*headers, REPLAYED)
    if value is None:
        return Response(204, b"", headers)
    return Response(status, _encode(value), headers)


def etag_of(version: int) -> bytes:
    return b'"%d"' % version


def etag_matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison of RFC 9110 §8.8.3.2: the mark `W/` does not count."""
    mine = etag.removeprefix("W/")
    given = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return if_none_match.strip() == "*" or mine in given


_RESPONDERS: Final[Mapping[object, Respond]] = {
    Created: _respond_created,
    Completed: _respond_completed,
    CachedBody: respond_cached,
}

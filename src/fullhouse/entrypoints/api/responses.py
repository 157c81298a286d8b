"""Responses of the API: JSON, and what a write answers."""

from typing import Final

import msgspec

from fullhouse.entrypoints.http.response import NO_STORE, Response

JSON_TYPE: Final = (b"content-type", b"application/json")
REPLAYED: Final = (b"idempotent-replayed", b"true")
_HEADERS: Final = (JSON_TYPE, NO_STORE)
_encode: Final = msgspec.json.Encoder().encode


def json_response(shape: object, *, status: int = 200) -> Response:
    return Response(status, _encode(shape), _HEADERS)


def write_response(shape: object, *, replayed: bool, status: int = 201) -> Response:
    """The response to a write. A replay says so, and has the bytes of the first response."""
    if replayed:
        return Response(200, _encode(shape), (*_HEADERS, REPLAYED))
    return Response(status, _encode(shape), _HEADERS)


def no_content(*, replayed: bool = False) -> Response:
    """`204`: done, without a body."""
    return Response(204, b"", (NO_STORE, REPLAYED) if replayed else (NO_STORE,))

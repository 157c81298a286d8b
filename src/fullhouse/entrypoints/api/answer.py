"""What a handler gives back: a whole answer, or a stream of server-sent events."""

from collections.abc import AsyncIterator
from typing import Final

import msgspec

Headers = tuple[tuple[bytes, bytes], ...]

JSON_TYPE: Final = (b"content-type", b"application/json")
NO_STORE: Final = (b"cache-control", b"no-store")
REPLAYED: Final = (b"idempotent-replayed", b"true")
_encode: Final = msgspec.json.Encoder().encode


class Answer(msgspec.Struct, frozen=True):
    """A whole answer. `headers` are lower case; the length is added when it is sent."""

    status: int
    body: bytes = b""
    headers: Headers = (JSON_TYPE, NO_STORE)


class Stream(msgspec.Struct, frozen=True):
    """Server-sent events until the reader leaves or the process drains."""

    chunks: AsyncIterator[bytes]
    headers: Headers = ((b"content-type", b"text/event-stream"), NO_STORE)


Reply = Answer | Stream


def json_answer(shape: object, *, status: int = 200) -> Answer:
    return Answer(status, _encode(shape))


def written(shape: object, *, replayed: bool, status: int = 201) -> Answer:
    """The answer to a write: a repeat of it says so, and is byte for byte the first one."""
    if replayed:
        return Answer(200, _encode(shape), (JSON_TYPE, NO_STORE, REPLAYED))
    return Answer(status, _encode(shape))


def nothing(*, replayed: bool = False) -> Answer:
    """`204`: done, and there is nothing to show."""
    return Answer(204, b"", (NO_STORE, REPLAYED) if replayed else (NO_STORE,))

"""One request, read as far as a handler asks for it."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar.types import HTTPRequestEvent, HTTPScope, Receive

from fullhouse.entrypoints.api import refusals
from fullhouse.kernel.limits import IDEMPOTENCY_KEY_CHARACTERS_MAX, QUERY_PARAMETERS_MAX

T = TypeVar("T")


class Call:
    """The request behind an operation: path parameters, headers, query and body."""

    __slots__ = ("_headers", "_receive", "body_bytes_max", "path", "scope")

    def __init__(
        self, scope: HTTPScope, receive: Receive, *, path: Mapping[str, str], body_bytes_max: int
    ) -> None:
        self.scope = scope
        self.path = path
        self.body_bytes_max = body_bytes_max
        self._receive = receive
        self._headers: dict[bytes, bytes] | None = None

    def header(self, name: bytes) -> str | None:
        """A header by its lower-case name; of several, the last."""
        if self._headers is None:
            self._headers = dict(self.scope["headers"])
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def idempotency_key(self) -> str | None:
        """The client's own key; raises `InvalidFields` unless it is visible ASCII, not too long."""
        key = self.header(b"idempotency-key")
        if key is None:
            return None
        if not 0 < len(key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX or not _is_visible(key):
            raise refusals.one_field(
                "Idempotency-Key",
                f"Use 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} visible ASCII characters.",
            )
        return key

    def query(self, shape: type[T]) -> T:
        """The query's parameters; raises `InvalidFields`. Unknown ones are nobody's business."""
        raw = self.scope["query_string"]
        try:
            given = dict(parse_qsl(raw.decode("latin-1"), max_num_fields=QUERY_PARAMETERS_MAX))
            return msgspec.convert(given, shape, strict=False)
        except msgspec.ValidationError as error:
            raise refusals.invalid(error) from None
        except ValueError:
            raise refusals.one_field("query", "There are too many parameters.") from None

    async def json(self, decoder: msgspec.json.Decoder[T]) -> T:
        """The body as `decoder` wants it.

        Raises `BodyNotJson` (400), `BodyTooLarge` (413), `WrongMediaType` (415), `InvalidFields`.
        """
        kind = self.header(b"content-type")
        if kind is not None and _kind(kind) != "application/json":
            raise refusals.WrongMediaType("Send JSON, as application/json.", sent=kind[:100])
        body = await self.body()
        try:
            decoded = decoder.decode(body)
        except msgspec.ValidationError as error:
            raise refusals.invalid(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refusals.BodyNotJson(f"The body is not JSON: {error}") from None
        if b"\\u0000" in body:
            refusals.refuse_nul(body)
        return decoded

    async def text(self, media_type: str) -> bytes:
        """The body as it was sent; raises `WrongMediaType` for another kind, `BodyTooLarge`."""
        kind = self.header(b"content-type")
        if kind is None or _kind(kind) != media_type:
            raise refusals.WrongMediaType(f"Send it as {media_type}.", sent=(kind or "")[:100])
        return await self.body()

    async def body(self) -> bytes:
        """The whole body; raises `BodyTooLarge` as soon as it is, before the rest is read."""
        length = self.header(b"content-length")
        if length is not None and length.isdecimal() and int(length) > self.body_bytes_max:
            raise refusals.too_large(self.body_bytes_max)
        message = await self._receive_part()
        body = message["body"]
        while message["more_body"] and len(body) <= self.body_bytes_max:
            message = await self._receive_part()
            body += message["body"]
        if len(body) > self.body_bytes_max:
            raise refusals.too_large(self.body_bytes_max)
        return body

    async def _receive_part(self) -> HTTPRequestEvent:
        message = await self._receive()
        if message["type"] != "http.request":
            raise refusals.ClientLeft("The client left before its request was complete.")
        return message


def _is_visible(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()

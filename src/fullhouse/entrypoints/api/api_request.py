"""A request to the API: its query and body, read into structs."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from fullhouse.entrypoints.api import refusals
from fullhouse.entrypoints.api.limits import QUERY_PARAMETERS_MAX
from fullhouse.entrypoints.http.request import Request

T = TypeVar("T")


class ApiRequest:
    """The request behind an operation."""

    __slots__ = ("http",)

    def __init__(self, http: Request) -> None:
        self.http = http

    @property
    def path(self) -> Mapping[str, str]:
        """The path parameters."""
        return self.http.path_params

    def query(self, shape: type[T]) -> T:
        """The query's parameters; raises `InvalidFields`. Unknown parameters are ignored."""
        raw = self.http.query_string
        try:
            given = dict(parse_qsl(raw.decode("latin-1"), max_num_fields=QUERY_PARAMETERS_MAX))
            return msgspec.convert(given, shape, strict=False)
        except msgspec.ValidationError as error:
            raise refusals.invalid(error) from None
        except ValueError:
            raise refusals.one_field("query", "There are too many parameters.") from None

    async def json(self, decoder: msgspec.json.Decoder[T]) -> T:
        """The body as `decoder` decodes it.

        Raises `BodyNotJson` (400), `BodyTooLarge` (413), `WrongMediaType` (415), `InvalidFields`.
        """
        kind = self.http.header(b"content-type")
        if kind is not None and _kind(kind) != "application/json":
            raise refusals.WrongMediaType("Send JSON, as application/json.", sent=kind[:100])
        body = await self.http.body()
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
        kind = self.http.header(b"content-type")
        if kind is None or _kind(kind) != media_type:
            raise refusals.WrongMediaType(f"Send it as {media_type}.", sent=(kind or "")[:100])
        return await self.http.body()


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()

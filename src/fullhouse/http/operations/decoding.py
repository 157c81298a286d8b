"""Decoding of queries and bodies into structs, with errors that name the field."""

import re
from typing import Final, NoReturn, TypeVar
from urllib.parse import parse_qsl

import msgspec

from fullhouse.http.errors import HttpError
from fullhouse.http.operations.limits import QUERY_BYTES_MAX, QUERY_PARAMETERS_MAX
from fullhouse.http.request import Request
from fullhouse.kernel.errors import InvalidInput

T = TypeVar("T")

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
_PATH: Final = re.compile(r"`\$\.?([^`]+)`")


class BodyNotJson(HttpError):
    """The body cannot be parsed."""

    code = "bad_json"
    message = "The body is not JSON."


class QueryTooLong(HttpError):
    """The query string has more than `bytes_max` bytes."""

    code = "query_too_long"
    message = "The query is too long."
    bytes_max: int


class WrongMediaType(HttpError):
    """The body is of a media type that this operation does not take."""

    code = "unsupported_media_type"
    message = "Send another media type."
    sent: str


def decode_query(query_string: bytes, kind: type[T]) -> T:
    """The parameters of a query; raises `InvalidInput`. Unknown parameters are ignored.

    Raises `QueryTooLong`, so that nothing below has to bound what a client writes.
    """
    if len(query_string) > QUERY_BYTES_MAX:
        raise QueryTooLong(bytes_max=QUERY_BYTES_MAX)
    try:
        given = dict(parse_qsl(query_string.decode("latin-1"), max_num_fields=QUERY_PARAMETERS_MAX))
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_field(error) from None
    except ValueError:
        raise InvalidInput("There are too many parameters.", field="query") from None


async def decode_json(request: Request, decoder: msgspec.json.Decoder[T]) -> T:
    """The body; a request without `Content-Type` is taken to be JSON.

    Raises `BodyNotJson` (400), `BodyTooLarge` (413), `WrongMediaType` (415), `InvalidInput` (422).
    """
    kind = request.header(b"content-type")
    if kind is not None and media_type_of(kind) not in {JSON, MERGE_PATCH}:
        raise WrongMediaType("Send JSON, as application/json.", sent=kind[:100])
    body = await request.body()
    try:
        decoded = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise invalid_field(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyNotJson(f"The body is not JSON: {error}") from None
    if b"\\u0000" in body:
        _refuse_nul(msgspec.json.decode(body))
    return decoded


async def read_file(request: Request, media_type: str) -> bytes:
    """The body as it was sent; raises `WrongMediaType` for another kind, `BodyTooLarge`."""
    kind = request.header(b"content-type")
    if kind is None or media_type_of(kind) != media_type:
        raise WrongMediaType(f"Send it as {media_type}.", sent=(kind or "")[:100])
    return await request.body()


def media_type_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def invalid_field(error: msgspec.ValidationError) -> InvalidInput:
    """The error of msgspec with the field that it names."""
    message, _, where = str(error).partition(" - at ")
    path = _PATH.search(where)
    return InvalidInput(message, field=path[1] if path else "body")


def _refuse_nul(value: object) -> None:
    """Raise for a string with U+0000, which PostgreSQL stores in no text.

    Called for the rare body that spells it; a literal backslash before it is harmless.
    """
    match value:
        case str():
            if "\x00" in value:
                _raise_nul()
        case list():
            for item in value:
                _refuse_nul(item)
        case dict():
            for key, item in value.items():
                _refuse_nul(key)
                _refuse_nul(item)
        case _:
            pass


def _raise_nul() -> NoReturn:
    raise InvalidInput("Text cannot hold the character U+0000.", field="body")

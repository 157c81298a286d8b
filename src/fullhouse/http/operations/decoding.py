"""Decoding of queries and bodies into structs, with errors that name the field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NoReturn, TypeVar
from urllib.parse import parse_qsl

import msgspec

from fullhouse.http.errors import HttpError, WrongMediaType
from fullhouse.http.operations.limits import QUERY_BYTES_MAX, QUERY_PARAMETERS_MAX
from fullhouse.http.request import Request
from fullhouse.kernel.errors import InvalidInput

T = TypeVar("T")

JSON: Final = "application/json"
_NAME_CHARACTERS_SHOWN: Final = 100
MERGE_PATCH: Final = "application/merge-patch+json"
_INSTRUCTIONS: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Expected `(.+?)`, got `(.+)`", "Send {0} instead of {1}."),
        (r"Expected `datetime` with a timezone component", "Send a time with its offset or Z."),
        (r"Expected `str` of length <= (\d+)", "Send at most {0} characters."),
        (r"Expected `str` of length >= 1", "Send at least one character."),
        (r"Expected `str` of length >= (\d+)", "Send at least {0} characters."),
        (r"Expected `.+` of length <= (\d+)", "Send at most {0} entries."),
        (r"Expected `.+` of length >= 1", "Send at least one entry."),
        (r"Expected `.+` of length >= (\d+)", "Send at least {0} entries."),
        (r"Expected `.+` <= (.+)", "Send a number of at most {0}."),
        (r"Expected `.+` >= (.+)", "Send a number of at least {0}."),
        (r"Object missing required field `(.+)`", "Add the field `{0}`."),
        (r"Object contains unknown field `(.+)`", "Remove the field `{0}`, or correct its name."),
        (
            r"Invalid enum value (.+)",
            "Send one of the values that the documentation lists, not {0}.",
        ),
        (r"Invalid UUID", "Send an id as an earlier answer gave it."),
        (r"Invalid RFC3339 encoded (date|datetime)", "Send {0} in ISO 8601."),
    )
)
_NAMED: Final = re.compile(r"Object (?:missing required|contains unknown) field `(.+)`")
"""msgspec names the field in the message, and its object alone in the path."""
_EXPRESSION: Final = re.compile(r"Expected `str` matching regex (.+)")
_TYPES: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "uuid": "an id",
    "date": "a day such as 2027-06-12",
    "datetime": "a time such as 2027-06-12T08:30:00-05:00",
}
_PATH: Final = re.compile(r"`\$\.?([^`]+)`")


class BodyNotJson(HttpError):
    """The body cannot be parsed."""

    code = "bad_json"
    message = "The body is not JSON. Send a JSON object."


class QueryTooLong(HttpError):
    """The query string has more than `bytes_max` bytes."""

    code = "query_too_long"
    message = "The query is too long. Send fewer or shorter parameters."
    bytes_max: int


def decode_query(query_string: bytes, kind: type[T]) -> T:
    """The parameters of `kind` in a query, whatever else is in it: see `refuse_unknown`.

    Raises `InvalidInput`, and `QueryTooLong`, so that nothing below has to bound what a client
    writes.
    """
    parameters = dict(_parameters(query_string))
    for name, value in parameters.items():
        if "\x00" in value:
            _raise_nul(name)
    try:
        return msgspec.convert(parameters, kind, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_field(error, kind) from None


def refuse_unknown(query_string: bytes, known: frozenset[str]) -> None:
    """Raise `InvalidInput` for a parameter that nobody reads, and for one that is there twice.

    A misspelt filter would be ignored, and the answer mistaken for what was asked for.
    """
    seen: set[str] = set()
    for name, _ in _parameters(query_string):
        if name not in known:
            shown = name[:_NAME_CHARACTERS_SHOWN]
            detail = f"Remove the query parameter `{shown}`, or correct its name."
            raise InvalidInput(detail, field=shown)
        if name in seen:
            raise InvalidInput(f"Send the query parameter `{name}` once.", field=name)
        seen.add(name)


def _parameters(query_string: bytes) -> Sequence[tuple[str, str]]:
    """The names and values of a query; one without a value counts as left out."""
    if len(query_string) > QUERY_BYTES_MAX:
        raise QueryTooLong(bytes_max=QUERY_BYTES_MAX)
    try:
        return parse_qsl(query_string.decode("latin-1"), max_num_fields=QUERY_PARAMETERS_MAX)
    except ValueError:
        raise InvalidInput("Send fewer parameters.", field="query") from None


async def decode_json(request: Request, decoder: msgspec.json.Decoder[T]) -> T:
    """The body; a request without `Content-Type` is taken to be JSON.

    Raises `BodyNotJson` (400), `BodyTooLarge` (413), `WrongMediaType` (415), `InvalidInput` (422).
    """
    kind = request.header(b"content-type")
    if not (kind is None or kind == JSON or media_type_of(kind) in {JSON, MERGE_PATCH}):
        raise WrongMediaType("Send JSON, as application/json.", sent=kind[:100])
    body = await request.body()
    try:
        decoded = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise invalid_field(error, decoder.type) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyNotJson(f"The body is not JSON: {error}. Send a JSON object.") from None
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


def invalid_field(error: msgspec.ValidationError, kind: object) -> InvalidInput:
    """The error of decoding a `kind`, with the field that msgspec names and what to send there."""
    message, _, where = str(error).partition(" - at ")
    path, named = _PATH.search(where), _NAMED.fullmatch(message)
    names = (path[1] if path else "", named[1] if named else "")
    return InvalidInput(_instruction(message, kind), field=".".join(filter(None, names)) or "body")


def _instruction(message: str, kind: object) -> str:
    """What to send, in place of what msgspec says of the types of the program."""
    expression = _EXPRESSION.fullmatch(message)
    if expression is not None:
        form = _forms_of(kind).get(expression[1], expression[1])
        return f"Send a value of this form: {form}"
    for pattern, words in _INSTRUCTIONS:
        found = pattern.fullmatch(message)
        if found is not None:
            return words.format(*map(_in_words, found.groups()))
    return f"{message}. Change it and send the request again."


def _in_words(value: str) -> str:
    """A type, or several, as people call them; another value as it is."""
    return " or ".join(_TYPES.get(one, one) for one in value.split(" | "))


@cache
def _forms_of(kind: object) -> Mapping[str, str]:
    """Description or example of what each expression of a type matches, as msgspec quotes it."""
    _, components = msgspec.json.schema_components((kind,))
    return dict(_described_patterns(components))


def _described_patterns(schema: object) -> Iterator[tuple[str, str]]:
    match schema:
        case {"pattern": str(pattern), "description": str(description)}:
            yield repr(pattern), description
        case {"pattern": str(pattern), "examples": [str(example), *_]}:
            yield repr(pattern), example
        case dict():
            for one in schema.values():
                yield from _described_patterns(one)
        case list():
            for one in schema:
                yield from _described_patterns(one)
        case _:
            pass


def _refuse_nul(value: object) -> None:
    """Raise for a string with U+0000, which PostgreSQL stores in no text.

    Called for the rare body that spells it; a literal backslash before it is harmless.
    """
    match value:
        case str():
            if "\x00" in value:
                _raise_nul("body")
        case list():
            for item in value:
                _refuse_nul(item)
        case dict():
            for key, item in value.items():
                _refuse_nul(key)
                _refuse_nul(item)
        case _:
            pass


def _raise_nul(field: str) -> NoReturn:
    raise InvalidInput("Remove the character U+0000 from the text.", field=field)

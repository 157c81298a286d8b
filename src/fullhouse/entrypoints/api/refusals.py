"""Errors of the API alone: what is wrong with a request."""

import re
from typing import Final, NoReturn

import msgspec

from fullhouse.entrypoints.http.errors import HttpError
from fullhouse.kernel.errors import InvalidInput

_PATH: Final = re.compile(r"`\$\.?([^`]+)`")


class BodyNotJson(HttpError):
    """The body cannot be parsed."""

    code = "bad_json"
    message = "The body is not JSON."


class WrongMediaType(HttpError):
    """The body is of a kind that this operation does not take."""

    code = "unsupported_media_type"
    message = "Send another media type."
    sent: str


class InvalidFields(InvalidInput):
    """Fields of the request are invalid; `errors` names each, with the reason."""


def one_field(field: str, message: str) -> InvalidFields:
    return InvalidFields(message, field=field)


def invalid(error: msgspec.ValidationError) -> InvalidFields:
    """What is wrong, and where: the words of msgspec, taken apart."""
    message, _, where = str(error).partition(" - at ")
    path = _PATH.search(where)
    return one_field(path[1] if path else "body", message)


def refuse_nul(body: bytes) -> None:
    """Raise when a string in the body holds U+0000, which PostgreSQL keeps in no text.

    Called for the rare body in which it is spelled; a literal backslash before it is harmless.
    """
    _walk(msgspec.json.decode(body))


def _walk(value: object) -> None:
    match value:
        case str():
            if "\x00" in value:
                _refuse()
        case list():
            for item in value:
                _walk(item)
        case dict():
            for key, item in value.items():
                _walk(key)
                _walk(item)
        case _:
            pass


def _refuse() -> NoReturn:
    raise one_field("body", "Text cannot hold the character U+0000.")

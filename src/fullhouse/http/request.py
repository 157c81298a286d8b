"""The one request type of API and pages."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from fullhouse.http.errors import BodyTooLarge, WrongMediaType
from fullhouse.http.limits import BODY_BYTES_MAX, FORM_FIELDS_MAX
from fullhouse.http.multipart import MULTIPART, SubmittedForm, parse_multipart
from fullhouse.http.response import HOST_PREFIX, SECURE_PREFIX

ReadBody = Callable[[int], Awaitable[bytes]]
"""Read the body whole; raises `BodyTooLarge` past this many bytes, and `ClientDisconnected`."""

_PREFIXES: Final = (HOST_PREFIX, SECURE_PREFIX)
_FORM: Final = "application/x-www-form-urlencoded"
_PLAIN: Final = frozenset({b"", b"identity"})
_CHARSET: Final = re.compile(rb';\s*charset\s*=\s*"?([^\s";]+)', re.IGNORECASE)
_UTF_8: Final = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})
_SENT_CHARACTERS_SHOWN: Final = 100
_DIGITS_MAX: Final = 18
_NUMBER_MAX: Final = 10**_DIGITS_MAX


class Request(msgspec.Struct):
    """One request: its head parsed once, its body read when a handler asks for it.

    Header names are lower case; several headers of one name are one with commas between. `RootApp`
    corrects `client_address` and `is_https` for trusted proxies and sets what stands below them. A
    handler that answers at more than the usual cost says so in `tokens`.
    """

    method: str
    path: str
    query_string: bytes
    headers: Mapping[bytes, bytes]
    client_address: str
    is_https: bool
    read_body: ReadBody
    path_params: Mapping[str, str] = {}
    body_bytes_max: int = 0
    is_reading_body: bool = False
    body_read: bytes | None = None
    tokens: int = 1

    def header(self, name: bytes) -> str | None:
        """A header by its lower-case name."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query string; of several of one name the first counts."""
        return _first_of_each(self.query_string.decode("latin-1"))

    @property
    def cookies(self) -> Mapping[str, str]:
        """Cookies by name, unquoted; by https those alone that no other host can have set.

        They are also found without their prefix: see `Cookie`.
        """
        given = self.header(b"cookie")
        if given is None:
            return {}
        pairs = (pair.strip().partition("=") for pair in given.split(";"))
        found = {name: value.strip('"') for name, _, value in pairs if name}
        guarded = {name: value for name, value in found.items() if name.startswith(_PREFIXES)}
        bare = {_without_prefix(name): value for name, value in guarded.items()}
        return {**({} if self.is_https else found), **guarded, **bare}

    async def body(self) -> bytes:
        """The whole body, read once.

        Raises `BodyTooLarge` before the rest is read, `ClientDisconnected`, and `WrongMediaType`
        for one that is compressed or in other characters than UTF-8: nothing decodes those.
        """
        if self.body_read is not None:
            return self.body_read
        self._check_coding()
        self.is_reading_body = True
        self.body_read = await self.read_body(self.body_bytes_max)
        self.is_reading_body = False
        return self.body_read

    async def form(self) -> Mapping[str, str]:
        """The fields of a form sent as `application/x-www-form-urlencoded`.

        Raises as `body`, also for one that only a form with files may be as long as: unquoting
        takes a millisecond for 6 kB. `WrongMediaType` for anything else than a form.
        """
        body = await self.body()
        if len(body) > BODY_BYTES_MAX:
            raise body_too_large(BODY_BYTES_MAX)
        if body and self._media_type != _FORM:
            raise self._wrong(b"content-type", "Send the form as the page sends it.")
        return _fields_of(body)

    @property
    def form_read(self) -> Mapping[str, str]:
        """The fields of a form whose body was read already; else no fields."""
        body = self.body_read
        if body is None or self._media_type != _FORM or len(body) > BODY_BYTES_MAX:
            return {}
        return _fields_of(body)

    def _check_coding(self) -> None:
        coding = self.headers.get(b"content-encoding")
        if coding is not None and coding.lower() not in _PLAIN:
            raise self._wrong(b"content-encoding", "Send the body without Content-Encoding.")
        charset = _CHARSET.search(self.headers.get(b"content-type", b""))
        if charset is not None and charset[1].lower() not in _UTF_8:
            raise self._wrong(b"content-type", "Send the body in UTF-8.")

    def _wrong(self, header: bytes, instruction: str) -> WrongMediaType:
        sent = self.header(header) or ""
        return WrongMediaType(instruction, sent=sent[:_SENT_CHARACTERS_SHOWN])

    async def keep_form(self) -> None:
        """Read a form that is about to be refused, so that the answer can give it back."""
        if self.method == "POST" and self._media_type == _FORM:
            await self.body()

    async def form_with_files(self) -> SubmittedForm:
        """The form with its files, where it was sent as `multipart/form-data`."""
        if self._media_type != MULTIPART:
            return SubmittedForm(dict(await self.form()))
        return await parse_multipart(await self.body(), self.header(b"content-type") or "")

    @property
    def _media_type(self) -> str:
        return (self.header(b"content-type") or _FORM).partition(";")[0].strip().lower()


def _without_prefix(name: str) -> str:
    return name.removeprefix(HOST_PREFIX).removeprefix(SECURE_PREFIX)


def whole_number(text: str) -> int | None:
    """The number that decimal digits spell, None for other text; of many digits the largest.

    `int` raises for more than 4,300 digits, and takes long for a few less.
    """
    if not (text.isascii() and text.isdecimal()):
        return None
    return int(text) if len(text) <= _DIGITS_MAX else _NUMBER_MAX


def body_too_large(bytes_max: int) -> BodyTooLarge:
    """The error of a body past its limit."""
    return BodyTooLarge(f"The body may have {bytes_max} bytes.", bytes_max=bytes_max)


def _fields_of(form: bytes) -> dict[str, str]:
    """The fields; of other characters than UTF-8 none, for what was meant would not be kept."""
    try:
        return _first_of_each(form.decode(), "strict")
    except UnicodeDecodeError:
        return {}


def _first_of_each(encoded: str, errors: str = "replace") -> dict[str, str]:
    """Decode `a=1&b=2`; too many fields are as good as none."""
    try:
        pairs = parse_qsl(
            encoded, keep_blank_values=True, errors=errors, max_num_fields=FORM_FIELDS_MAX
        )
    except ValueError:
        return {}
    return dict(reversed(pairs))

"""Texts of requests as they are meant: without what pasting brought along."""

import re
from typing import Final, TypeVar

from msgspec import Struct, structs

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import pasted

T = TypeVar("T", bound=Struct)

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Control characters but tabs and line feeds: calendars and mails may not contain them."""


def as_meant(request: T) -> T:
    """The request, its texts without what pasting them brought along.

    Raises `InvalidInput` when nothing is left of a name.
    """
    values = ((name, getattr(request, name)) for name in request.__struct_fields__)
    texts = {name: text_as_meant(value) for name, value in values if isinstance(value, str)}
    if "name" in texts:
        texts["name"] = line_as_meant(texts["name"], field="name")
    return structs.replace(request, **texts)


def line_as_meant(text: str, *, field: str) -> str:
    """The text without what pasting it brought along; raises `InvalidInput` for an empty one."""
    line = text_as_meant(text)
    if not line:
        raise InvalidInput("Send a text that can be seen.", field=field)
    return line


def text_as_meant(text: str) -> str:
    """The text without what pasting it brought along; it may be empty."""
    return pasted(_CONTROL.sub("", text))

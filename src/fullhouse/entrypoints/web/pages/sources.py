"""Where a guest came from: the campaign in the first address, kept until the booking is made."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

from fullhouse.entrypoints.http.response import Cookie
from fullhouse.entrypoints.web.visit import Visit

SOURCE_COOKIE: Final = "source"
_NAME: Final = re.compile(r"utm_[a-z]{1,20}")
_FIELDS_MAX: Final = 6
_VALUE_CHARACTERS_MAX: Final = 100


def remember_source(visit: Visit) -> None:
    """Keep the campaign of this address until the browser is closed; the newest one counts."""
    found = _clean(visit.request.query)
    if found:
        visit.cookies.append(
            Cookie(name=SOURCE_COOKIE, value=urlencode(found), secure=visit.is_secure)
        )


def source_of(visit: Visit) -> dict[str, str] | None:
    """The campaign that was remembered, or None."""
    kept = visit.request.cookies.get(SOURCE_COOKIE, "")
    try:
        return _clean(dict(parse_qsl(kept, max_num_fields=_FIELDS_MAX))) or None
    except ValueError:
        return None


def _clean(said: Mapping[str, object]) -> dict[str, str]:
    return {
        name: value[:_VALUE_CHARACTERS_MAX]
        for name, value in list(said.items())[:_FIELDS_MAX]
        if isinstance(value, str) and value.isprintable() and _NAME.fullmatch(name)
    }

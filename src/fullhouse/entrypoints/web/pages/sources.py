"""The campaign (`utm_…`) of a guest's first URL, stored in a cookie until the booking is made."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Cookie

SOURCE_COOKIE: Final = "source"
_NAME: Final = re.compile(r"utm_[a-z]{1,20}")
_FIELDS_MAX: Final = 6
_VALUE_CHARACTERS_MAX: Final = 100


def remember_source(page: PageContext) -> None:
    """Store the campaign of this URL until the browser is closed; the newest one counts."""
    source = _clean(page.request.query)
    if source:
        page.cookies.append(
            Cookie(name=SOURCE_COOKIE, value=urlencode(source), secure=page.is_secure)
        )


def source_of(page: PageContext) -> dict[str, str] | None:
    """The stored campaign, or None."""
    stored = page.request.cookies.get(SOURCE_COOKIE, "")
    try:
        return _clean(dict(parse_qsl(stored, max_num_fields=_FIELDS_MAX))) or None
    except ValueError:
        return None


def _clean(values: Mapping[str, object]) -> dict[str, str]:
    return {
        name: value[:_VALUE_CHARACTERS_MAX]
        for name, value in list(values.items())[:_FIELDS_MAX]
        if isinstance(value, str) and value.isprintable() and _NAME.fullmatch(name)
    }

"""Secrets never reach a log line: masked by the name of the field and by the form of the value."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Final

MASK: Final = "***"
_SECRET_NAME: Final = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api_?key|credential|dsn|private",
    re.IGNORECASE,
)
_IN_URL: Final = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s@]*@", re.IGNORECASE)
_BEARER: Final = re.compile(r"\b(?P<word>bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_DEPTH_MAX: Final = 4


def hide_secrets(
    _logger: object, _method: str, line: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """A structlog processor: masks the values of fields named like secrets, and URLs' passwords."""
    for name, value in line.items():
        line[name] = MASK if _SECRET_NAME.search(name) else without_secrets(value)
    return line


def without_secrets(value: object, depth: int = 0) -> object:
    """The value with every secret in it masked, four levels deep; deeper ones are left out."""
    if isinstance(value, str):
        return _BEARER.sub(rf"\g<word> {MASK}", _IN_URL.sub(rf"\g<scheme>{MASK}@", value))
    if isinstance(value, Mapping):
        if depth >= _DEPTH_MAX:
            return MASK
        return {
            key: MASK if _SECRET_NAME.search(str(key)) else without_secrets(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return MASK if depth >= _DEPTH_MAX else [without_secrets(v, depth + 1) for v in value]
    return value

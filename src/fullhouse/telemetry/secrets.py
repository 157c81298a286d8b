"""Redaction of secrets in log lines, by the name of a field and by the form of a value."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Final

MASK: Final = "***"
_SECRET_NAME: Final = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api_?key|credential|dsn|private",
    re.IGNORECASE,
)
_IN_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{0,30}://)[^/\s:@]*:[^/\s@]*@", re.IGNORECASE
)
"""The bound keeps the time linear: a scheme is looked for at each letter of a long text."""
_BEARER: Final = re.compile(r"\b(?P<scheme>bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_DEPTH_MAX: Final = 4


def redact_line(
    _logger: object, _method: str, line: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """A structlog processor: mask fields named like secrets, and passwords in URLs."""
    for name, value in line.items():
        line[name] = MASK if _SECRET_NAME.search(name) else redact(value)
    return line


def redact(value: object, depth: int = 0) -> object:
    """The value with its secrets masked, down to four levels; deeper values are masked whole."""
    if isinstance(value, str):
        return _BEARER.sub(rf"\g<scheme> {MASK}", _IN_URL.sub(rf"\g<scheme>{MASK}@", value))
    if isinstance(value, Mapping):
        if depth >= _DEPTH_MAX:
            return MASK
        return {
            key: MASK if _SECRET_NAME.search(str(key)) else redact(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return MASK if depth >= _DEPTH_MAX else [redact(v, depth + 1) for v in value]
    return value

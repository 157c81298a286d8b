"""Which named query a statement of the server is, and its shape without anybody's data.

The server shows the text that was sent, cut at its bound; `pg_stat_statements` shows it with
constants replaced. So both are compared, and shown, without constants.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fullhouse.observability.limits import STATEMENT_CHARACTERS_SHOWN_MAX
from fullhouse.storage.queries import NamedQueries

_QUOTED: Final = re.compile(
    r"(?i:\be)?'(?:[^'\\]|\\.|'')*(?:'|$)|\$(\w*)\$.*?(?:\$\1\$|$)", re.DOTALL
)
_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?(?:\*/|$)", re.DOTALL)
_CONSTANT: Final = re.compile(r"\$\d+|(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?\b", re.IGNORECASE)
_LIST: Final = re.compile(r"\?(?:\s*,\s*\?)+")
_BEFORE_END: Final = re.compile(r"\s+(?=[),])")
_PREPARED: Final = re.compile(r"^PREPARE \w+ AS ")
"""What a plan is asked for with: see `slow_queries`."""
_PREFIX_MIN: Final = 60
"""Shorter texts that were cut could be anything."""


def shape_of(sql: str) -> str:
    """The statement in one line, each constant and parameter as `?`; `?` for a list of them."""
    without = _COMMENT.sub(" ", _QUOTED.sub("?", sql))
    plain = _BEFORE_END.sub("", _CONSTANT.sub("?", without))
    return " ".join(_LIST.sub("?", plain).split()).rstrip("; ")


@dataclass(frozen=True, slots=True)
class StatementNames:
    """Finds the names of statements by their shapes."""

    catalogue: NamedQueries
    others: Mapping[str, str] = field(default_factory=dict)
    """Statements without a file, by their names."""
    _by_shape: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for query in self.catalogue:
            self._by_shape.setdefault(shape_of(query.sql), query.name)
        for name, sql in self.others.items():
            self._by_shape.setdefault(shape_of(sql), name)

    def name_or_shape(self, sql: str) -> str:
        """`part.query` of ours; of anything else its shape, cut short."""
        shape = _PREPARED.sub("", shape_of(sql))
        found = self._by_shape.get(shape)
        if found is None and len(shape) >= _PREFIX_MIN:
            begun = shape.rpartition(" ")[0]  # the last word may be cut
            names = {name for known, name in self._by_shape.items() if known.startswith(begun)}
            found = names.pop() if len(names) == 1 else None
        if found is not None:
            return found
        is_long = len(shape) > STATEMENT_CHARACTERS_SHOWN_MAX
        return shape[:STATEMENT_CHARACTERS_SHOWN_MAX] + "…" * is_long

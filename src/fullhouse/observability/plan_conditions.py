"""Conditions of a plan, as PostgreSQL writes them back, taken apart into what an index can use.

EXPLAIN writes every condition in one normal form: each comparison in parentheses, the type beside
each literal. So no parser of SQL is needed for the few shapes that an index can serve; what has
another shape serves no index.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

TermKind = Literal["equal", "range", "constant"]

_NAME: Final = r'(?:(?P<alias>[a-z_][\w$]*|"[^"]+")\.)?(?P<column>[a-z_][\w$]*|"[^"]+")'
_COLUMN: Final = re.compile(rf"^\(?{_NAME}\)?(?:::[\w ]+)?$")
_LITERAL: Final = re.compile(
    r"^(?:'(?:[^']|'')*'(?:::[\w ]+(?:\[\])?)?|-?\d+(?:\.\d+)?|true|false)$"
)
_COMPARISON: Final = re.compile(r"^(?P<left>.+?) (?P<operator>=|<|<=|>|>=|<>) (?P<right>.+)$")
_ANY: Final = re.compile(r"^ANY \((?P<values>.+)\)$")
_NULL: Final = re.compile(rf"^{_NAME} IS (?:NOT )?NULL$")
_FLAG: Final = re.compile(rf"^(?:NOT )?{_NAME}$")
_RANGES: Final = frozenset({"<", "<=", ">", ">="})
_WORDS: Final = frozenset({"true", "false", "null"})


class ConditionTerm(Struct, frozen=True):
    """A comparison of one column, `alias` empty where the plan names no table.

    `constant` is the same for every run, and can be the predicate of a partial index: `text` says
    it without the table's name.
    """

    alias: str
    column: str
    kind: TermKind
    text: str = ""


def terms_of(condition: str) -> Sequence[ConditionTerm]:
    """The terms of a condition whose parts are joined by AND; what no index can use is left out."""
    return [term for part in _conjuncts(condition) for term in _terms(part)]


def _conjuncts(text: str) -> Iterator[str]:
    bare = _without_parentheses(text)
    parts = _split(bare, " AND ")
    if len(parts) == 1:
        yield bare
        return
    for part in parts:
        yield from _conjuncts(part)


def _without_parentheses(text: str) -> str:
    """Without the parentheses around the whole."""
    bare = text.strip()
    while bare.startswith("(") and _closes_at(bare) == len(bare) - 1:
        bare = bare[1:-1].strip()
    return bare


def _closes_at(text: str) -> int:
    """Where the first parenthesis is closed; -1 for never."""
    depths = _depths(text)
    return next((place for place, depth in enumerate(depths) if depth == 0), -1)


def _depths(text: str) -> Sequence[int]:
    """How many parentheses are open after each character; those in quotes count for nothing."""
    depths, depth, is_quoted = [], 0, False
    for character in text:
        is_quoted ^= character == "'"
        if not is_quoted:
            depth += (character == "(") - (character == ")")
        depths.append(depth + is_quoted)
    return depths


def _split(text: str, separator: str) -> Sequence[str]:
    """The parts between separators that stand in no parentheses and no quotes."""
    depths, parts, start = _depths(text), [], 0
    for match in re.finditer(separator, text):
        if depths[match.start()] == 0:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _terms(part: str) -> Iterator[ConditionTerm]:
    """One term; two for a comparison of two tables' columns: each is the other's value."""
    flag = _NULL.match(part) or _FLAG.match(part)
    if flag is not None:
        yield _term(flag, "constant", part)
        return
    compared = _COMPARISON.match(part)
    if compared is None or len(_split(part, " OR ")) > 1:
        return
    left, operator, right = compared["left"], compared["operator"], compared["right"]
    several = _ANY.match(right)
    for own, other in ((left, right), (right, left)):
        column = _COLUMN.match(own)
        if column is None or column["column"] in _WORDS or (several and own is right):
            continue
        values = several["values"] if several and own is left else other
        if _LITERAL.match(values):
            yield _term(column, "constant", part)
        elif operator != "<>":
            yield _term(column, "range" if operator in _RANGES else "equal", "")


def _term(match: re.Match[str], kind: TermKind, text: str) -> ConditionTerm:
    alias = match["alias"] or ""
    bare = text.replace(f"{alias}.", "") if alias else text
    return ConditionTerm(alias.strip('"'), match["column"].strip('"'), kind, bare)

"""Limits on the size of parts, files and functions, and on the number of arguments."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.tree import FunctionNode, Tree, Violation

ENTRYPOINTS = "entrypoints"
ENTRYPOINTS_SHARE_MAX = 0.35
PART_SHARE_MAX = 0.25
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
ARGUMENTS_MAX = 6
POSITIONAL_MAX = 3
REASONED = re.compile(r"# noqa: PLR09\d\d(, \w+)* - \w")


def entrypoints_stay_thin(tree: Tree) -> Iterator[Violation]:
    """What outgrows them is a rule of a business part, or a matter of HTTP or of processes."""
    share = _shares(tree).get(ENTRYPOINTS, 0.0)
    if share > ENTRYPOINTS_SHARE_MAX:
        yield _oversized(ENTRYPOINTS, share, ENTRYPOINTS_SHARE_MAX)


def no_part_dominates(tree: Tree) -> Iterator[Violation]:
    """No part but the entrypoints holds more than a quarter of the product."""
    for part, share in sorted(_shares(tree).items()):
        if part != ENTRYPOINTS and share > PART_SHARE_MAX:
            yield _oversized(part, share, PART_SHARE_MAX)


def files_stay_short(tree: Tree) -> Iterator[Violation]:
    for source in tree.python:
        lines = source.text.count("\n")
        if lines > FILE_LINES_MAX:
            yield source.at_line(lines, f"{lines} lines, {FILE_LINES_MAX} at most: split it")


def functions_stay_short(tree: Tree) -> Iterator[Violation]:
    for source in tree.python:
        for function in source.functions():
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield source.at(
                    function, f"{function.name} has {lines} lines, {FUNCTION_LINES_MAX} at most"
                )


def calls_stay_readable(tree: Tree) -> Iterator[Violation]:
    """Limit arguments; of tests only their number, because pytest passes fixtures by name."""
    for source in tree.python:
        lines = source.text.splitlines()
        for function in source.functions():
            every, positional = _arguments(function)
            if REASONED.search(lines[function.lineno - 1]):
                continue
            if every > ARGUMENTS_MAX:
                yield source.at(
                    function, f"{function.name} takes {every} arguments, {ARGUMENTS_MAX} at most"
                )
            elif positional > POSITIONAL_MAX and not source.is_test:
                yield source.at(
                    function,
                    f"{function.name} takes {positional} arguments by position, "
                    f"{POSITIONAL_MAX} at most: make the rest keyword-only",
                )


def _arguments(function: FunctionNode) -> tuple[int, int]:
    """The number of all arguments, and of those that may be passed by position.

    An argument with a leading underscore belongs to a foreign protocol and is not counted.
    """
    given = function.args
    positional = [one.arg for one in (*given.posonlyargs, *given.args)]
    if positional[:1] in (["self"], ["cls"]):
        del positional[0]
    counted = [name for name in positional if not name.startswith("_")]
    return len(counted) + len(given.kwonlyargs), len(counted)


def _shares(tree: Tree) -> dict[str, float]:
    """The share of each part in the lines of Python of the product."""
    lines = Counter[str]()
    for source in tree.product:
        lines[source.part] += source.text.count("\n")
    return {part: count / lines.total() for part, count in lines.items()}


def _oversized(part: str, share: float, share_max: float) -> Violation:
    message = f"{part} has {share:.1%} of the lines, {share_max:.0%} at most: split it"
    return Violation(Path("src/fullhouse") / part, 1, message)

"""How large things may be: the limits stand on the maximum, because the tail shows the taste."""

import re
from collections.abc import Iterator

from tests.tidy.tree import FunctionNode, Tree, Violation

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
ARGUMENTS_MAX = 6
POSITIONAL_MAX = 3
REASONED = re.compile(r"# noqa: PLR09\d\d(, \w+)* - \w")


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
    """Of tests only the number counts: pytest hands fixtures over by name, others by position."""
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
    """How many arguments a caller must think of, and how many of them by their place alone.

    One that begins with an underscore is somebody else's protocol, and not looked at.
    """
    given = function.args
    positional = [one.arg for one in (*given.posonlyargs, *given.args)]
    if positional[:1] in (["self"], ["cls"]):
        del positional[0]
    thought_of = [name for name in positional if not name.startswith("_")]
    return len(thought_of) + len(given.kwonlyargs), len(thought_of)

"""How large things may be: the limits stand on the maximum, because the tail shows the taste."""

import ast
from collections.abc import Iterator

from tests.tidy.tree import FunctionNode, Source, Tree, Violation

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
ARGUMENTS_MAX = 6
POSITIONAL_MAX = 3


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
    for source in tree.python:
        for function in source.functions():
            every, positional = _arguments(function)
            if every > ARGUMENTS_MAX:
                yield source.at(
                    function, f"{function.name} takes {every} arguments, {ARGUMENTS_MAX} at most"
                )
            elif positional > POSITIONAL_MAX and not _called_by_name(source, function):
                yield source.at(
                    function,
                    f"{function.name} takes {positional} arguments by position, "
                    f"{POSITIONAL_MAX} at most: make the rest keyword-only",
                )


def _arguments(function: FunctionNode) -> tuple[int, int]:
    """How many arguments a caller must think of, and how many of them by their place alone."""
    given = function.args
    positional = [one.arg for one in (*given.posonlyargs, *given.args)]
    if positional[:1] in (["self"], ["cls"]):
        del positional[0]
    return len(positional) + len(given.kwonlyargs), len(positional)


def _called_by_name(source: Source, function: FunctionNode) -> bool:
    """Whether pytest alone calls it, which hands every fixture over by its name."""
    decorators = {ast.unparse(one).split("(")[0] for one in function.decorator_list}
    return source.is_test and (
        function.name.startswith("test") or not decorators.isdisjoint({"pytest.fixture", "fixture"})
    )

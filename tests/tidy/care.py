"""Swallowed errors, unfinished code, missing docstrings, skipped tests and missing assertions."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.tree import Tree, Violation

UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")
SKIPPING = re.compile(r"\b(pytest\.(skip|xfail|importorskip)|mark\.(skip|skipif|xfail))\b")
ASSERTING = re.compile(
    r"(^|[._])(assert|expect|prove|raises|warns|check|verify|must|timeout|suppress)", re.IGNORECASE
)
LOGGING = re.compile(r"_log\.(debug|info|warning|error|exception|critical)$", re.IGNORECASE)
LOG_EVENT = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")
WORDS = re.compile(
    r"\b(str|repr)\(\w*error\b|{\w*error\b|\.(detail|reply|(?<!route.)path|query_string|args)$"
)
REASONED = re.compile(r"# noqa: BLE001 - \w")
DOCSTRING_WORDS_MIN = 2


def nothing_swallows_every_error(tree: Tree) -> Iterator[Violation]:
    """`except Exception` may clean up or count, but must raise again.

    Only a loop that must survive any error of its work may continue, with its reason beside it.
    """
    for source in tree.python:
        lines = source.text.splitlines()
        for node in source.nodes:
            if not isinstance(node, ast.ExceptHandler) or not _catches_all(node):
                continue
            if not _raises(node) and not REASONED.search(lines[node.lineno - 1]):
                yield source.at(node, "catches every error and goes on: name the family, or raise")


def nothing_is_left_unfinished(tree: Tree) -> Iterator[Violation]:
    for source in tree.files("*.py", "*.sql", "*.html", "*.js", "*.css", "*.md"):
        for number, line in enumerate(source.text.splitlines(), start=1):
            if UNFINISHED.search(line):
                yield source.at_line(number, "do it now, or file it where it will be found")


def log_lines_have_no_words_of_errors(tree: Tree) -> Iterator[Violation]:
    """A log line gets an error itself, of which the log writes type and codes, and no path.

    The words of an error quote names and addresses, the path of a request carries secrets of links.
    """
    for source in tree.product:
        for node in source.nodes:
            if not (isinstance(node, ast.Call) and LOGGING.match(ast.unparse(node.func))):
                continue
            for given in (*node.args[1:], *(keyword.value for keyword in node.keywords)):
                if WORDS.search(ast.unparse(given)):
                    yield source.at(node, "give the log `error=error` and `route=`, no words")


def log_events_are_stable_names(tree: Tree) -> Iterator[Violation]:
    """The event of a log line is `part.event`, spelled out; facts are fields, never in the event.

    Alarms and searches name it. One name is logged at one place, so that it means one thing.
    """
    seen: dict[str, str] = {}
    for source in tree.product:
        for node in source.nodes:
            if not (isinstance(node, ast.Call) and LOGGING.search(ast.unparse(node.func))):
                continue
            event = node.args[0] if node.args else None
            if not (isinstance(event, ast.Constant) and LOG_EVENT.fullmatch(str(event.value))):
                yield source.at(node, "name the event `part.event`, and give facts as fields")
            elif len(node.args) > 1:
                yield source.at(node, "give facts as fields by name")
            elif (name := str(event.value)) in seen:
                yield source.at(node, f"{name} is logged in {seen[name]} already: name it apart")
            else:
                seen[name] = source.path.as_posix()


def modules_and_classes_have_docstrings(tree: Tree) -> Iterator[Violation]:
    """Every module and public class has a docstring; a private class is explained by its module."""
    for source in tree.product:
        if _has_no_docstring(source.tree):
            yield source.at_line(1, "describe this file in a docstring")
        for found in source.classes():
            if not found.name.startswith("_") and _has_no_docstring(found):
                yield source.at(found, f"describe {found.name} in a docstring")


def no_test_is_skipped(tree: Tree) -> Iterator[Violation]:
    for source in tree.python:
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and SKIPPING.search(ast.unparse(node)):
                yield source.at(node, "a test that is skipped proves nothing: make it run")


def tests_assert_something(tree: Tree) -> Iterator[Violation]:
    for source in tree.python:
        for test in source.tests():
            if not any(_asserts(node) for node in ast.walk(test)):
                yield source.at(test, f"{test.name} cannot fail: assert what must hold")


def _catches_all(handler: ast.ExceptHandler) -> bool:
    caught = "BaseException" if handler.type is None else ast.unparse(handler.type)
    return bool({"Exception", "BaseException"} & set(re.findall(r"\w+", caught)))


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def _has_no_docstring(node: ast.Module | ast.ClassDef) -> bool:
    return len((ast.get_docstring(node) or "").split()) < DOCSTRING_WORDS_MIN


def _asserts(node: ast.AST) -> bool:
    match node:
        case ast.Assert():
            return True
        case ast.Call(func=function):
            return bool(ASSERTING.search(ast.unparse(function)))
        case _:
            return False

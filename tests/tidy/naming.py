"""Names without meaning are refused, and one class name has one meaning."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.tree import Source, Tree, Violation

EMPTY_WORDS = {"util", "utils", "helper", "helpers", "manager", "misc", "stuff"}
EMPTY_FILES = EMPTY_WORDS | {"common", "base", "shared", "lib", "core", "tools"}
EMPTY_NAMES = {"process_data", "do_it", "handle_data", "data2", "tmp", "foo"}
WORDS_IN_A_SENTENCE = 4
CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def file_names_have_meaning(tree: Tree) -> Iterator[Violation]:
    for source in tree.python:
        for part in (*source.path.parts[:-1], source.path.stem):
            if part in EMPTY_FILES or words(part) & EMPTY_WORDS:
                yield source.at_line(1, f"'{part}' says nothing about what is inside")


def names_have_meaning(tree: Tree) -> Iterator[Violation]:
    for source in tree.python:
        for name, line in _definitions(source):
            if words(name) & EMPTY_WORDS or name in EMPTY_NAMES:
                yield source.at_line(line, f"'{name}' says nothing about what it is")
        for found in source.classes():
            if found.name.startswith(("Base", "Common")) or found.name.endswith("Base"):
                yield source.at(found, f"'{found.name}': name the idea, not its place in a tree")


def class_names_are_unique(tree: Tree) -> Iterator[Violation]:
    """One name, one thing: a search for a class finds one definition."""
    first_of: dict[str, str] = {}
    for source in tree.product:
        for one in source.classes():
            place = f"{source.path}:{one.lineno}"
            first = first_of.setdefault(one.name, place)
            if first != place:
                yield source.at(one, f"{one.name} is also the name of the class at {first}")


def test_names_are_sentences(tree: Tree) -> Iterator[Violation]:
    for source in tree.python:
        for test in source.tests():
            parts = [word for word in test.name.split("_")[1:] if word]
            if len(parts) < WORDS_IN_A_SENTENCE:
                yield source.at(test, f"{test.name}: say in a sentence what must hold")


def words(name: str) -> set[str]:
    """The words of a name in snake case or camel case, in lower case."""
    return {word.lower() for word in CAPITALS.sub("_", name).split("_") if word}


def _definitions(source: Source) -> Iterator[tuple[str, int]]:
    """Every name that the file defines: functions, classes, arguments, variables and fields."""
    for node in source.nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno
            case _:
                pass

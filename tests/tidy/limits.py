"""A limit that no code enforces is worse than none: readers rely on it."""

import ast
from collections.abc import Iterator

from tests.tidy.tree import Source, Tree, Violation

FILE_NAME = "limits.py"


def every_limit_is_enforced(tree: Tree) -> Iterator[Violation]:
    """The assertions about limits beside them, or a test, enforce nothing."""
    sources = [source for source in tree.product if source.path.name == FILE_NAME]
    used = {name for source in tree.product for name in _names_used(source)}
    for source in sources:
        for name, line in _constants(source):
            if name not in used:
                yield source.at_line(line, f"no code enforces {name}: use it, or take it out")


def _constants(source: Source) -> Iterator[tuple[str, int]]:
    for node in source.tree.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name, node.lineno
            case _:
                pass


def _names_used(source: Source) -> Iterator[str]:
    """The names that code reads; an import alone, or an assertion of a limits file, is no use."""
    asserted = {
        id(inner)
        for node in source.nodes
        if isinstance(node, ast.Assert) and source.path.name == FILE_NAME
        for inner in ast.walk(node)
    }
    for node in source.nodes:
        if id(node) in asserted:
            continue
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
            case _:
                pass

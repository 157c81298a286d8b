"""The source tree for the tidy checks: each file is read and parsed once; violations of a rule."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from typing_extensions import override

BUSINESS = {"people", "booking", "scheduling", "payments", "messages", "occasions"}
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Violation:
    """One place that breaks a rule, with a message that says how to repair it."""

    path: Path
    line: int
    message: str

    @override
    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Source:
    """One file: its path below the root, and its text."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def is_test(self) -> bool:
        return self.path.parts[0] == "tests"

    @property
    def part(self) -> str:
        """The part of the product: `booking` for `src/fullhouse/booking/errors.py`."""
        return self.path.parts[2] if self.path.parts[0] == "src" else ""

    def functions(self) -> Iterator[FunctionNode]:
        for node in self.nodes:
            if isinstance(node, FunctionNode):
                yield node

    def classes(self) -> Iterator[ast.ClassDef]:
        for node in self.nodes:
            if isinstance(node, ast.ClassDef):
                yield node

    def strings(self) -> Iterator[str]:
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value

    def imports(self) -> Iterator[str]:
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from (one.name for one in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module

    def tests(self) -> Iterator[FunctionNode]:
        if self.is_test and self.path.name.startswith("test_"):
            yield from (one for one in self.functions() if one.name.startswith("test"))

    def at(self, node: ast.stmt | ast.expr | ast.excepthandler, message: str) -> Violation:
        return Violation(self.path, node.lineno, message)

    def at_line(self, line: int, message: str) -> Violation:
        return Violation(self.path, line, message)


@dataclass(frozen=True)
class Tree:
    """The checkout below `root`: `src` and `tests` with all their files."""

    root: Path

    def files(self, *patterns: str) -> list[Source]:
        """The text files of the product and its tests that match, in the order of their paths."""
        return self._read(
            path
            for folder in ("src", "tests")
            for pattern in patterns
            for path in (self.root / folder).rglob(pattern)
        )

    @cached_property
    def python(self) -> list[Source]:
        return self.files("*.py")

    @cached_property
    def product(self) -> list[Source]:
        return [source for source in self.python if not source.is_test]

    @cached_property
    def sql(self) -> list[Source]:
        return self.files("*.sql")

    @cached_property
    def documents(self) -> list[Source]:
        return self._read((*self.root.glob("*.md"), *(self.root / "docs").rglob("*.md")))

    def _read(self, paths: Iterable[Path]) -> list[Source]:
        return [
            Source(path.relative_to(self.root), path.read_text(encoding="utf-8"))
            for path in sorted(set(paths))
            if path.is_file() and "__pycache__" not in path.parts
        ]

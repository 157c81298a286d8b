"""SQL keeps the size limits of Python, and a statement keeps to the tables of its part or below."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping

from tests.tidy.shape import FILE_LINES_MAX, FUNCTION_LINES_MAX
from tests.tidy.tree import Source, Tree, Violation
from tests.tidy.wiring import QUERY

UNIT_OF_WORK = "storage"
"""Its tables (the event log) are written together with every change, by the part that changes."""

COMMENT = re.compile(r"--[^\n]*")
FUNCTION = re.compile(
    r"^CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\s+([\w.]+).*?(\$\w*\$).*?\2[^;]*;",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
TABLE = re.compile(r"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", re.IGNORECASE)
WRITE = re.compile(
    r"\bINSERT\s+INTO\s+(\w+)|(?<!FOR )(?<!KEY )(?<!DO )\bUPDATE\s+(?:ONLY\s+)?(\w+)"
    r"|\bDELETE\s+FROM\s+(?:ONLY\s+)?(\w+)|\bTRUNCATE\s+(?:TABLE\s+)?(\w+)|\bMERGE\s+INTO\s+(\w+)"
)
REMOVAL = re.compile(
    r"\bDROP\s+(?!CONSTRAINT|DEFAULT|NOT\s+NULL|EXPRESSION|IDENTITY|POLICY|TRIGGER|INDEX)(?:\w+\s+)*\w+"
    r"|\bRENAME\s+(?:COLUMN\s+)?\w+\s+TO\b",
    re.IGNORECASE,
)
READ = re.compile(r"\b(?:FROM|JOIN)\s+(?:ONLY\s+)?(\w+)")


def sql_files_stay_short(tree: Tree) -> Iterator[Violation]:
    for source in tree.sql:
        lines = source.text.count("\n")
        if lines > FILE_LINES_MAX:
            yield source.at_line(lines, f"{lines} lines, {FILE_LINES_MAX} at most: split it")


def sql_functions_stay_short(tree: Tree) -> Iterator[Violation]:
    """A function of the database obeys the limit of Python functions; so does a named query."""
    for source in tree.sql:
        for match in (*FUNCTION.finditer(source.text), *QUERY.finditer(source.text)):
            lines = match[0].strip().count("\n") + 1
            if lines > FUNCTION_LINES_MAX:
                line = source.text.count("\n", 0, match.start()) + 1
                yield source.at_line(
                    line, f"{match[1]} has {lines} lines, {FUNCTION_LINES_MAX} at most"
                )


def writes_stay_in_their_part(tree: Tree) -> Iterator[Violation]:
    """A table has one part that changes it; other parts call an action of that part."""
    owners = _owners(tree)
    for source, statement, first_line in _statements(tree):
        for match in WRITE.finditer(statement):
            table = next(name for name in match.groups() if name)
            owner = owners.get(table)
            if owner is not None and owner not in {source.part, UNIT_OF_WORK}:
                line = first_line + statement.count("\n", 0, match.start())
                yield source.at_line(line, f"writes {table}, which belongs to {owner}")


def reads_point_down(tree: Tree) -> Iterator[Violation]:
    """A query may join tables of parts below its own, as an import may."""
    owners, ranks = _owners(tree), _ranks(tree)
    for source, statement, first_line in _statements(tree):
        for match in READ.finditer(statement):
            owner = owners.get(match[1])
            if owner is not None and owner != source.part and ranks[owner] >= ranks[source.part]:
                line = first_line + statement.count("\n", 0, match.start())
                yield source.at_line(
                    line, f"reads {match[1]} of {owner}, which is not below {source.part}"
                )


def expand_migrations_only_add(tree: Tree) -> Iterator[Violation]:
    """What programs of before still read is removed by a contract migration, when none runs."""
    for source in tree.sql:
        if "migrations" in source.path.parts and not source.path.name.endswith(".contract.sql"):
            statements = COMMENT.sub("", source.text)
            for match in REMOVAL.finditer(statements):
                line = statements.count("\n", 0, match.start()) + 1
                yield source.at_line(line, f"{match[0]}: only a .contract.sql file removes")


def _statements(tree: Tree) -> Iterator[tuple[Source, str, int]]:
    """Each SQL text of the product without comments, with its first line; no migrations.

    The data sets of the benchmark are written by its own files, as a user would through the API.
    """
    for source in tree.sql:
        folders = source.path.parts[:-1]
        if not source.is_test and "migrations" not in folders and "bench" not in folders:
            yield source, COMMENT.sub("", source.text), 1
    for source in tree.product:
        docstrings = {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}
        for node in source.nodes:
            is_docstring = id(node) in docstrings
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not is_docstring:
                yield source, node.value, node.lineno


def _owners(tree: Tree) -> Mapping[str, str]:
    """The part whose migrations create each table."""
    return {
        table: source.part
        for source in tree.sql
        if "migrations" in source.path.parts
        for table in TABLE.findall(source.text)
    }


def _ranks(tree: Tree) -> Mapping[str, int]:
    """The place of each part in the import order, the lowest part first."""
    tables = tomllib.loads((tree.root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts = {one["id"]: one for one in tables["importlinter"]["contracts"]}
    layers = reversed(contracts["flow"]["layers"])
    return {part: rank for rank, layer in enumerate(layers) for part in re.findall(r"\w+", layer)}

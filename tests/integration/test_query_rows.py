"""Every query that is fetched into a type returns the columns and types that it declares."""

import ast
import importlib
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal, NewType, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import asyncpg
import pytest
from msgspec import Struct
from tests.tidy.tree import Source, Tree
from typing_extensions import override

from fullhouse.kernel.memory import loading
from fullhouse.storage.connection import connect
from fullhouse.storage.queries import NamedQueries

ROOT = Path(__file__).parents[2]
NEVER_READ = {"client"}
"""Columns that are written and compared in SQL only."""
OF_ROWS, OF_A_VALUE = {"fetch", "fetch_one", "stream"}, {"fetch_value"}
PYTHON_TYPES: dict[str, type] = {
    "bool": bool, "bytea": bytes, "date": date, "float8": float, "int2": int, "int4": int,
    "int8": int, "text": str, "time": time, "timestamp": datetime, "timestamptz": datetime,
    "uuid": UUID, "xid8": int,
}  # fmt: skip


@dataclass(frozen=True)
class Fetch:
    """A call that fetches a named query into a type; for a value the type of the first column."""

    query: str
    into: type
    is_value: bool

    @override
    def __str__(self) -> str:
        return f"{self.query}-{self.into.__name__}"


def fetches_of(source: Source) -> list[Fetch]:
    """A query is named where it is fetched, or in a table of the module."""
    found: list[Fetch] = []
    for node in source.nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(attr=method),
                args=[
                    ast.Constant(value=str()) | ast.Subscript(value=ast.Name()) as query,
                    ast.Name(id=name),
                    *_,
                ],
            ) if method in OF_ROWS | OF_A_VALUE:
                path = source.path.relative_to("src").with_suffix("")
                module = importlib.import_module(".".join(path.parts).removesuffix(".__init__"))
                into = vars(module).get(name) or module.__builtins__[name]
                found.extend(
                    Fetch(one, into, is_value=method in OF_A_VALUE)
                    for one in names_of(query, vars(module))
                )
            case _:
                pass
    return found


def names_of(query: ast.Constant | ast.Subscript, module: Mapping[str, object]) -> list[str]:
    if isinstance(query, ast.Constant):
        return [str(query.value)]
    assert isinstance(query.value, ast.Name)
    table = module[query.value.id]
    assert isinstance(table, dict)
    return list(table.values())


def declared_by(row: type) -> dict[str, object]:
    """The fields of a row type with their types; a default is no value that the database has."""
    hints = get_type_hints(row)
    if is_dataclass(row):
        names = [each.name for each in fields(row)]
    elif issubclass(row, Struct):
        names = list(row.__struct_fields__)
    else:
        names = list(hints)  # a NamedTuple
    return {name: hints[name] for name in names if name not in NEVER_READ}


def accepts(hint: object, column: str) -> bool:
    """Check whether a value of a PostgreSQL type fits a type hint; asyncpg converts no further."""
    if isinstance(hint, NewType):
        return accepts(hint.__supertype__, column)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return any(accepts(each, column) for each in arguments if each is not type(None))
    if column.endswith("[]"):
        element = column.removesuffix("[]")
        return origin in {list, tuple, Sequence} and accepts(arguments[0], element)
    if column in {"json", "jsonb"}:
        return (origin or hint) in {object, dict, list, tuple, Mapping, Sequence}
    return hint is PYTHON_TYPES[column] or (origin is Literal and column == "text")


async def columns_of(
    connection: asyncpg.Connection, queries: NamedQueries, name: str
) -> dict[str, str]:
    statement = await connection.prepare(queries[name].sql)
    return {column.name: column.type.name for column in statement.get_attributes()}


@pytest.mark.timeout(60)
async def test_every_fetched_query_has_the_columns_of_its_type(
    database_url: str, catalogue: NamedQueries
) -> None:
    connection = await connect(database_url, application_name="test")
    wrong: list[str] = []
    with loading():  # syntax trees of a thousand files, none of them garbage
        fetches = [fetch for source in Tree(ROOT).product for fetch in fetches_of(source)]
    for fetch in fetches:
        columns = await columns_of(connection, catalogue, fetch.query)
        wrong.extend(f"{fetch}: {fault}" for fault in faults_of(fetch, columns))
    await connection.close()
    assert len(fetches) > 50, "the calls are found"
    assert wrong == []


def faults_of(fetch: Fetch, columns: Mapping[str, str]) -> list[str]:
    if fetch.is_value:
        first = next(iter(columns.values()))
        return [] if accepts(fetch.into, first) else [f"{first} is no {fetch.into.__name__}"]
    declared = declared_by(fetch.into)
    missing = [name for name in declared if name not in columns]
    unknown = [name for name in columns if name not in declared]
    misfits = [
        f"{name} is {column}"
        for name, column in columns.items()
        if name in declared and not accepts(declared[name], column)
    ]
    return [*(f"lacks {name}" for name in missing), *(f"has {name}" for name in unknown), *misfits]


class Planted(Struct):
    """A row type for the planted faults."""

    name: str
    count: int
    tags: list[str] = []


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"name": "text", "count": "int8", "tags": "text[]"}, []),
        ({"name": "text", "tags": "text[]"}, ["lacks count"]),
        ({"name": "text", "count": "int4"}, ["lacks tags"]),
        ({"name": "text", "count": "int4", "tags": "text[]", "at": "timestamptz"}, ["has at"]),
        (
            {"name": "uuid", "count": "float8", "tags": "text[]"},
            ["name is uuid", "count is float8"],
        ),
        ({"name": "text", "count": "int4", "tags": "uuid[]"}, ["tags is uuid[]"]),
    ],
)
def test_planted_faults_of_a_row_type_are_found(columns: dict[str, str], faults: list[str]) -> None:
    assert faults_of(Fetch("planted", Planted, is_value=False), columns) == faults

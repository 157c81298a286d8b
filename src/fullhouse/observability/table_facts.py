"""What PostgreSQL knows of its tables: size, columns' statistics, and indexes."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from fullhouse.observability.plan_conditions import ConditionTerm
from fullhouse.storage.database import Session

_ARRAY: Final = re.compile(r"ARRAY\[(.*?)\](?=\)|$)")
_ELEMENT: Final = re.compile(r"'([^']*)'::")
RANGE_SHARE: Final = 1 / 3
"""What PostgreSQL assumes of a range whose end it does not know."""
_LITERAL: Final = re.compile(r"^(?:'(?P<text>.*)'(?:::.*)?|(?P<plain>-?[\d.]+))$")
_OPERATION: Final = re.compile(r"^\S+ (?P<operator>= ANY|=|<>) \(?(?P<value>.+?)\)?$")


class ColumnFacts(Struct, frozen=True):
    """Statistics of a column: shares between 0 and 1, `common` by the value's text."""

    distinct: float
    null_share: float
    correlation: float
    common: Mapping[str, float]


class IndexFacts(Struct, frozen=True):
    """An index; a column is empty where it is an expression."""

    name: str
    columns: Sequence[str]
    predicate: str = ""
    is_unique: bool = False


class TableFacts(Struct, frozen=True):
    """A table. `columns` are in their order, also those without statistics."""

    name: str
    rows: float
    pages: float
    columns: Mapping[str, ColumnFacts | None]
    indexes: Sequence[IndexFacts] = ()
    bytes: int = 0

    def share(self, term: ConditionTerm) -> float:
        """The share of rows that a term leaves, as far as statistics tell; 1 when unknown."""
        column = self.columns.get(term.column)
        if column is None:
            return 1.0
        if term.kind == "equal":
            return (1 - column.null_share) / max(column.distinct, 1.0)
        if term.kind == "range":
            return RANGE_SHARE
        return _constant_share(term.text, column)


def _constant_share(text: str, column: ColumnFacts) -> float:
    if text.endswith(" NULL"):
        return 1 - column.null_share if text.endswith(" NOT NULL") else column.null_share
    compared = _OPERATION.match(text)
    if compared is None:
        return _value_share("f" if text.startswith("NOT ") else "t", column)
    literal = _LITERAL.match(compared["value"])
    if literal is None:
        return RANGE_SHARE
    value = literal["text"] if literal["text"] is not None else literal["plain"]
    if compared["operator"] == "= ANY":
        return sum(_value_share(each, column) for each in value.strip("{}").split(","))
    share = _value_share(value, column)
    return share if compared["operator"] == "=" else 1 - column.null_share - share


def _value_share(value: str, column: ColumnFacts) -> float:
    if value in column.common:
        return column.common[value]
    rest = 1 - column.null_share - sum(column.common.values())
    return max(rest, 0.0) / max(column.distinct - len(column.common), 1.0)


def _folded(predicate: str) -> str:
    """With arrays as plans write them: `'{a,b}'::text[]` for `ARRAY['a'::text, 'b'::text]`."""
    return _ARRAY.sub(
        lambda found: f"'{{{','.join(_ELEMENT.findall(found[1]))}}}'::text[]", predicate
    )


class _ColumnRow(Struct, frozen=True):
    table_name: str
    rows: float
    pages: float
    bytes: int
    column_name: str
    distinct: float | None
    null_share: float | None
    correlation: float | None
    common_values: list[str] | None
    common_shares: list[float] | None

    def facts(self) -> ColumnFacts | None:
        if self.distinct is None or self.null_share is None:
            return None
        distinct = self.distinct if self.distinct >= 0 else -self.distinct * self.rows
        common = dict(zip(self.common_values or (), self.common_shares or (), strict=True))
        return ColumnFacts(distinct, self.null_share, self.correlation or 0.0, common)


class _IndexRow(Struct, frozen=True):
    table_name: str
    name: str
    columns: list[str]
    predicate: str
    is_unique: bool


async def table_facts(session: Session) -> Mapping[str, TableFacts]:
    """Every table of the schema by its name."""
    rows = await session.fetch("observability.columns_of_tables", _ColumnRow)
    indexes = await session.fetch("observability.indexes_of_tables", _IndexRow)
    tables: dict[str, TableFacts] = {}
    columns: dict[str, dict[str, ColumnFacts | None]] = {}
    for row in rows:
        columns.setdefault(row.table_name, {})[row.column_name] = row.facts()
        tables[row.table_name] = TableFacts(
            row.table_name,
            row.rows,
            row.pages,
            columns[row.table_name],
            [
                IndexFacts(index.name, index.columns, _folded(index.predicate), index.is_unique)
                for index in indexes
                if index.table_name == row.table_name
            ],
            row.bytes,
        )
    return tables

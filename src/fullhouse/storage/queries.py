"""Named queries: SQL in `.sql` files of the part that owns its tables, called by name.

A file holds queries like this one; the description is mandatory:

    -- name: slots_between
    -- The slots of an offering that start in a span, in order.
    SELECT slot_id, starts_at FROM slot WHERE org_id = :org_id AND starts_at >= :first ...

Row-level security shows a restricted session the rows of `:org_id` alone. A query that has no such
parameter says in a second line of its description why it may do without one:

    -- Scope: installation. A key is found by its secret, whose organisation is not known yet.
    -- Scope: every organisation. The worker runs the jobs of all.

The first needs no rows of an organisation. The second needs an unrestricted session.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, Self
from uuid import UUID

from aiosql.adapters.asyncpg import AsyncPGAdapter
from aiosql.types import SQLOperationType
from msgspec import Struct

from fullhouse.storage.errors import BadQueryFile, UnknownQuery

Scope = Literal["organisation", "installation", "every organisation"]
"""Whose rows a query needs: of one organisation, of no organisation, or of all."""

_HEADING: Final = re.compile("^--[ \t]*name[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_WIDER_SCOPES: Final[Sequence[Scope]] = ("installation", "every organisation")


class NamedQuery(Struct, frozen=True):
    """One statement, and its parameters in the order of their numbers."""

    name: str
    sql: str
    parameters: tuple[str, ...]
    description: str
    path: Path
    scope: Scope = "organisation"

    def organisation(self, values: Mapping[str, object]) -> UUID | None:
        """The organisation whose rows the statement may see; None for no rows of any."""
        found = values.get("org_id")
        if found is None and "org_ids" in values:
            several = values["org_ids"]
            assert isinstance(several, Sequence), "it is an array"
            found = several[0] if len(set(several)) == 1 else None
        assert found is None or isinstance(found, UUID), "an organisation's id is a UUID"
        return found

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """Order the values; raises `UnknownQuery` unless the names match the parameters."""
        if len(values) == len(self.parameters):
            try:
                return [values[parameter] for parameter in self.parameters]
            except KeyError:
                pass
        detail = f"{self.name} takes {sorted(self.parameters)}, got {sorted(values)}"
        raise UnknownQuery(detail, query=self.name)


class NamedQueries:
    """All named queries of the product, by `"part.name"`."""

    __slots__ = ("_queries",)

    def __init__(self, queries: Mapping[str, NamedQuery]) -> None:
        self._queries = MappingProxyType(dict(queries))

    @classmethod
    def load(cls, folders: Mapping[str, Path]) -> Self:
        """Load each part's folder of `.sql` files; raises `BadQueryFile` for the first bad one."""
        queries: dict[str, NamedQuery] = {}
        for part, folder in folders.items():
            for path in sorted(folder.glob("*.sql")):
                for query in _read(part, path):
                    if query.name in queries:
                        detail = f"{query.name} is defined twice, again in {path}"
                        raise BadQueryFile(detail)
                    queries[query.name] = query
        return cls(queries)

    def __getitem__(self, name: str) -> NamedQuery:
        try:
            return self._queries[name]
        except KeyError:
            detail = f"No query is named {name}"
            raise UnknownQuery(detail, query=name) from None

    def __iter__(self) -> Iterator[NamedQuery]:
        return iter(self._queries.values())

    def __len__(self) -> int:
        return len(self._queries)


def _read(part: str, path: Path) -> Iterator[NamedQuery]:
    """Read a file; aiosql's own loader takes nine times as long, which every process would."""
    # One adapter a file: it keeps the order of parameters by the query's name.
    adapter = AsyncPGAdapter()  # type: ignore[no-untyped-call]  # untyped upstream
    _, *sections = _HEADING.split(path.read_text(encoding="utf-8"))
    for name, text in zip(sections[::2], sections[1::2], strict=True):
        lines = [line.rstrip() for line in text.splitlines()]
        description = "\n".join(_comment(line) for line in lines if _is_comment(line)).rstrip()
        sql = "\n".join(line for line in lines if not _is_comment(line)).strip()
        if not name.isidentifier():
            detail = f"{path}: {name!r} is no name of a query"
            raise BadQueryFile(detail)
        if not description:
            detail = f"{path}: {name} needs a description"
            raise BadQueryFile(detail)
        if not sql.strip(";"):
            detail = f"{path}: {name} is empty"
            raise BadQueryFile(detail)
        yield NamedQuery(
            name=f"{part}.{name}",
            sql=adapter.process_sql(name, SQLOperationType.SELECT, sql),  # type: ignore[no-untyped-call]
            parameters=tuple(adapter.var_sorted[name]),
            description=description,
            path=path,
            scope=_scope(description),
        )


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("--")


def _comment(line: str) -> str:
    return line.lstrip().removeprefix("--").strip()


def _scope(description: str) -> Scope:
    for scope in _WIDER_SCOPES:
        if f"Scope: {scope}." in description:
            return scope
    return "organisation"

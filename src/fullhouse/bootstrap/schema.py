"""The SQL of every part: named queries, migrations and repeatable scripts."""

from functools import cache
from pathlib import Path
from typing import Final

import fullhouse
from fullhouse.storage.queries import NamedQueries
from fullhouse.storage.schema import SchemaPart

PARTS_WITH_QUERIES: Final = (
    "storage",
    "resilience",
    "people",
    "booking",
    "scheduling",
    "jobs",
    "messages",
    "customers",
    "observability",
)
PARTS_WITH_TABLES: Final = (
    "storage",
    "jobs",
    "resilience",
    "people",
    "booking",
    "scheduling",
    "messages",
    "customers",
    "observability",
)
REPEATABLE_SCRIPTS: Final = {"people": "lookups", "booking": "ledger"}


@cache
def named_queries() -> NamedQueries:
    """Every part's SQL, by `part.name`; read once."""
    source = Path(fullhouse.__file__).parent
    return NamedQueries.load({part: source / part / "queries" for part in PARTS_WITH_QUERIES})


def schema() -> tuple[SchemaPart, ...]:
    """The parts that own tables, in import order: migrations may refer to tables of parts below."""
    source = Path(fullhouse.__file__).parent
    return tuple(
        SchemaPart(part, source / part, REPEATABLE_SCRIPTS.get(part)) for part in PARTS_WITH_TABLES
    )

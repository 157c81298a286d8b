"""The rule that validates shared values by transaction ids, for a cache of any kind of value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
import pytest

from fullhouse.bootstrap.application import Application
from fullhouse.resilience.cache import Loaded
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.resilience.shared_cache import SharedCache, SharedValues, Snapshot, StoredValue
from fullhouse.telemetry.metrics import MetricRegistry

TTL_SECONDS: Final = 60.0
NAMES: Final[SharedValues[int, str]] = SharedValues(
    cache="names",
    name_of=str,
    scopes_of=lambda key: (key, "all"),
    ttl_seconds=lambda _value, _now: TTL_SECONDS,
    decode=msgspec.msgpack.Decoder(StoredValue[str]).decode,
)


@dataclass(slots=True)
class MemoryStore:
    """A shared store in the memory of the test."""

    values: dict[str, bytes] = field(default_factory=dict)

    async def load(self, names: Sequence[str]) -> Sequence[bytes | None]:
        return [self.values.get(name) for name in names]

    async def store(self, values: Mapping[str, tuple[bytes, float]]) -> None:
        self.values |= {name: value for name, (value, _seconds) in values.items()}


async def snapshot_of(app: Application, cache: SharedCache[int, str]) -> Snapshot:
    async with app.database.session() as session:
        return await cache.snapshot(session)


@pytest.fixture
async def writer(app: Application) -> SharedCache[int, str]:
    """The cache of a process that has stored a value."""
    metrics = MetricRegistry().get(CacheMetrics)
    writer = SharedCache(NAMES, MemoryStore(), app.clock, "database", metrics)
    await writer.store({1: "Ada"}, await snapshot_of(app, writer))
    return writer


@pytest.fixture
async def reader(app: Application, writer: SharedCache[int, str]) -> SharedCache[int, str]:
    """The cache of another process, with its first snapshot older than the stored value."""
    reader = replace(writer, _changes={}, _complete_since=None)
    await snapshot_of(app, reader)
    await writer.store({1: "Ada"}, await snapshot_of(app, writer))
    return reader


FOUND: Final = {1: Loaded("Ada", TTL_SECONDS)}


async def test_stored_value_is_loaded_by_another_process(reader: SharedCache[int, str]) -> None:
    assert await reader.load([1, 2]) == FOUND


async def test_no_stored_value_is_valid_before_the_first_snapshot(
    writer: SharedCache[int, str],
) -> None:
    assert await replace(writer, _complete_since=None).load([1]) == {}


@pytest.mark.parametrize("scope", [1, "all"])
async def test_change_in_any_scope_invalidates_values_read_before_it_ended(
    app: Application, reader: SharedCache[int, str], scope: object
) -> None:
    before = await snapshot_of(app, reader)
    reader.invalidate(scope, by=before.xmin)
    assert await reader.load([1]) == {}
    await reader.store({1: "Ada"}, Snapshot(before.xmin + 1, before.xmax + 1))
    assert await reader.load([1]) == FOUND, "read after the change had ended"


async def test_change_of_another_scope_leaves_the_value_valid(
    reader: SharedCache[int, str],
) -> None:
    reader.invalidate(2, by=1 << 60)
    assert await reader.load([1]) == FOUND


async def test_change_by_an_unknown_transaction_invalidates_everything(
    app: Application, reader: SharedCache[int, str]
) -> None:
    reader.invalidate(2, by=None)
    assert await reader.load([1]) == {}
    await reader.store({1: "Ada"}, await snapshot_of(app, reader))
    assert await reader.load([1]) == FOUND


async def test_value_of_another_database_or_program_version_is_not_loaded(
    reader: SharedCache[int, str],
) -> None:
    assert await replace(reader, database="copy").load([1]) == {}
    strict = msgspec.msgpack.Decoder(StoredValue[int]).decode
    values = msgspec.structs.replace(NAMES, decode=strict)
    assert await replace(reader, values=values).load([1]) == {}


async def test_expired_value_is_neither_stored_nor_loaded(reader: SharedCache[int, str]) -> None:
    values = msgspec.structs.replace(NAMES, ttl_seconds=lambda _value, _now: 0.0)
    expired = replace(reader, values=values)
    await expired.store({2: "Grace"}, Snapshot(1 << 60, 1 << 60))
    assert await expired.load([1, 2]) == {}
    assert await reader.load([2]) == {}

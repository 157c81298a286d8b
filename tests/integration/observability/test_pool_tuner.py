"""A step of the pool is kept when statements become faster by a tenth, and undone when not."""

import pytest

from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids
from fullhouse.observability import pool_tuner
from fullhouse.observability.optimisations import (
    OptimisationAct,
    act_on,
    acts_on,
    recent_optimisations,
)
from fullhouse.observability.pool_tuner import PoolTuner, PoolWindow, is_better, next_size
from fullhouse.storage.database import Database
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.telemetry.metrics import MetricRegistry


@pytest.fixture
def tuner(database: Database, clock: ManualClock, ids: Ids) -> PoolTuner:
    return PoolTuner(database, MetricRegistry().get(QueryMetrics), clock, ids, "web 1", 16)


@pytest.mark.parametrize(
    ("size", "wait", "found"),
    [(16, 0.0, 14), (5, 0.0, 4), (4, 0.0, 4), (3, 0.0, 3), (8, 0.01, 10), (15, 0.01, 16)],
)
def test_it_steps_within_its_bounds(size: int, wait: float, found: int) -> None:
    assert next_size(size, [PoolWindow(wait, 0.001)] * 5, bound=16) == found


def test_a_single_good_minute_is_no_proof() -> None:
    before = [PoolWindow(0.0, 0.010)] * 5
    assert not is_better(before, [PoolWindow(0.0, 0.001), *[PoolWindow(0.0, 0.0095)] * 4])
    assert is_better(before, [PoolWindow(0.001, 0.007)] * 5)


@pytest.mark.parametrize(("after", "size", "state"), [(0.002, 8, "kept"), (0.02, 10, "undone")])
async def test_a_step_is_measured_and_written_down(
    tuner: PoolTuner, monkeypatch: pytest.MonkeyPatch, *, after: float, size: int, state: str
) -> None:
    monkeypatch.setattr(pool_tuner, "POOL_LEASES_MIN", 1)
    database = tuner.database
    database.resize(10)
    for minute in range(11):
        for _ in range(2):
            async with database.session():
                pass
        taken = MetricRegistry().get(QueryMetrics)
        taken.observe("booking.slots_between", after if minute > 5 else 0.01, None)
        tuner.metrics = taken
        await tuner.look()
        if minute == 5:
            assert database.statistics.permits == 8
    assert database.statistics.permits == size
    async with database.unrestricted.session() as session:
        (found,) = await recent_optimisations(session)
        assert acts_on(found) == frozenset()
        with pytest.raises(InvalidInput):
            await act_on(session, found.name, OptimisationAct.UNDO, by="Ida", now=found.changed_at)
    assert (found.state, found.name) == (state, "web 1: 8 connections")
    assert found.after["read_seconds"] == pytest.approx(after, rel=0.05)

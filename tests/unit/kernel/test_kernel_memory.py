"""Garbage of a process that defers its collection until nobody waits."""

import gc
from collections.abc import Iterator
from weakref import WeakSet

import pytest

from fullhouse.kernel.memory import collect_garbage, defer_gc, loading


class Cyclic:
    """Refers to itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    gc.collect()
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize(("cycles", "left"), [(100, 100), (30_000, 0)])
def test_deferred_garbage_is_collected_on_demand_where_there_is_much(
    cycles: int, left: int
) -> None:
    defer_gc()
    alive = WeakSet[Cyclic]()
    for _ in range(cycles):
        alive.add(Cyclic())
    assert len(alive) == cycles, "nothing is collected by itself"
    collect_garbage()
    assert len(alive) == left


def test_what_is_loaded_is_not_searched_for_garbage_and_what_comes_later_is() -> None:
    alive, before = WeakSet[Cyclic](), gc.get_freeze_count()
    try:
        with loading():
            for _ in range(5_000):
                alive.add(Cyclic())
            assert len(alive) == 5_000, "nothing is collected meanwhile"
        assert gc.get_freeze_count() >= before + 5_000
        alive.add(Cyclic())
        gc.collect()
        assert len(alive) == 5_000, "what came later is collected"
        assert gc.isenabled()
    finally:
        gc.unfreeze()
    gc.freeze() if before else None

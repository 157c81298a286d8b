"""Memory of processes that serve for months: garbage collection, and the size of what they keep."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_YOUNG_OBJECTS_MAX: Final = 20_000
"""Collecting this many takes 1 ms. Python's own threshold is 700, so it collects far more often."""

_DEFERRED_OBJECTS_MAX: Final = 500_000
_IDLE_OBJECTS_MIN: Final = 5_000
_COLLECTIONS_BEFORE_FULL: Final = 100


@contextmanager
def loading() -> Iterator[None]:
    """Look for no garbage while modules are loaded, and never among what they are.

    None of it is garbage, and looking through it again and again took a sixth of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def freeze_gc() -> None:
    """Call once after start-up.

    `gc.freeze()` moves all current objects out of collection, and the threshold of generation 0
    rises: a full collection took 70 ms over 100,000 objects, during which no request was answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS_MAX)


def defer_gc() -> None:
    """Collect only by `collect_garbage`, or when half a million young objects are alive.

    Where thousands of requests run, a collection of those 20,000 took 12 to 38 ms several times a
    second, and found nothing: an answered request leaves no cycle of objects behind.
    """
    gc.set_threshold(_DEFERRED_OBJECTS_MAX)


def collect_garbage() -> None:
    """Collect when nobody waits: young objects if there are many, and now and then all."""
    young, _, collections = gc.get_count()
    if young >= _IDLE_OBJECTS_MIN:
        gc.collect(2 if collections >= _COLLECTIONS_BEFORE_FULL else 1)


def row_bytes(row: object) -> int:
    """The memory of a row with slots and without nested values; its texts decide, of any length."""
    slots: tuple[str, ...] = getattr(type(row), "__slots__", ())
    return sys.getsizeof(row) + sum(sys.getsizeof(getattr(row, name)) for name in slots)

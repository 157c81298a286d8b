"""What a process keeps in memory: how many objects of which type, and what became more.

Only names of types and places in the code are told: what the objects say may be anybody's.
"""

import gc
import sys
import tracemalloc
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgspec import Struct

from fullhouse.observability.limits import CENSUS_OBJECTS_MAX, GROWN_TYPES_SHOWN_MAX

_LEAVES: Final = (str, bytes, bytearray)
"""What the collector does not list, since it refers to nothing; found by what refers to it."""


class Census(Struct, frozen=True):
    """Objects and their bytes by type; bytes by the place that made them, while it is traced."""

    counts: Mapping[str, int] = {}
    sizes: Mapping[str, int] = {}
    places: Mapping[str, int] = {}


class Grown(Struct, frozen=True):
    """A type, or a place in the code, that has more than before; a place has no count."""

    name: str
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)

    def add(self, each: object, size: int) -> None:
        kind = type(each)
        name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
        self.counts[name] += 1
        self.sizes[name] += size


def census() -> Census:
    """What the collector knows, but for what was there at the start (`gc.freeze`).

    A text counts by itself, and with each object that refers to it: that one says where it is kept.
    It takes up to a second of processor time: call it in a thread, and seldom.
    """
    objects = gc.get_objects()
    stride = len(objects) // CENSUS_OBJECTS_MAX + 1
    tally = _Tally()
    for each in objects[::stride]:
        size = sys.getsizeof(each, 0)
        for leaf in gc.get_referents(each):
            if isinstance(leaf, _LEAVES):
                leaf_size = sys.getsizeof(leaf)
                size += leaf_size
                tally.add(leaf, leaf_size)
        tally.add(each, size)
    return Census(
        {name: count * stride for name, count in tally.counts.items()},
        {name: size * stride for name, size in tally.sizes.items()},
        _places(),
    )


def grown_between(before: Census, after: Census) -> Sequence[Grown]:
    """What grew most: a few types, and a few places when `tracemalloc` is on."""
    types = _most(before.sizes, after.sizes)
    places = _most(before.places, after.places)
    return [
        *(Grown(name, after.counts[name] - before.counts.get(name, 0), by) for name, by in types),
        *(Grown(place, 0, by) for place, by in places),
    ]


def _most(before: Mapping[str, int], after: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    by_name = Counter({name: size - before.get(name, 0) for name, size in after.items()})
    return [(name, by) for name, by in by_name.most_common(GROWN_TYPES_SHOWN_MAX) if by > 0]


def _places() -> Mapping[str, int]:
    if not tracemalloc.is_tracing():
        return {}
    by_line = tracemalloc.take_snapshot().statistics("lineno")
    return {_place(line.traceback[0]): line.size for line in by_line[:CENSUS_OBJECTS_MAX]}


def _place(frame: tracemalloc.Frame) -> str:
    return f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}"

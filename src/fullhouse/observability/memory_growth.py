"""Whether the memory of a process grows with its work, without end. Pure.

A cache fills ever more slowly, a burst or an import takes its memory at once and keeps it: these
are no leaks. A leak grows as steadily as requests come, and goes on. So memory is looked at over a
window, by time and by requests, with the robust slope of Theil and Sen; and by fifths of the
requests, of which each has to have its share in what grew.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from fullhouse.numerics.quantiles import median
from fullhouse.numerics.robust_slope import Slope, theil_sen
from fullhouse.observability.limits import (
    GROWN_BYTES_MIN,
    GROWN_SHARE_MIN,
    GROWTH_SAMPLES_MIN,
    GROWTH_SECONDS,
)

_PARTS: Final = 5
_SHARE_BY_TIME_MIN: Final = 0.15
"""Of its even share in what grew: so much of it in each fifth of the time. Guests come unevenly."""
_SHARE_BY_WORK_MIN: Final = 0.4
_LATER_SHARE_MIN: Final = 0.8
"""Of what grew in the first half of the work: a cache that fills grows by less in the second."""


class MemorySample(Struct, frozen=True):
    """The memory that a process has for itself, in bytes, after so much work; `at` is monotonic."""

    at: float
    used: int
    work: int


class MemoryGrowth(Struct, frozen=True):
    """How memory grows: bytes by the hour, and by the request or job."""

    bytes_an_hour: float
    bytes_a_request: float
    bytes_grown: float


def growth_of(samples: Sequence[MemorySample]) -> MemoryGrowth | None:
    """The growth over the samples, which are in order of time; None for memory that is steady."""
    if len(samples) < GROWTH_SAMPLES_MIN:
        return None
    seconds = samples[-1].at - samples[0].at
    used = [sample.used for sample in samples]
    by_time = theil_sen([sample.at for sample in samples], used)
    by_work = theil_sen([sample.work for sample in samples], used)
    if not (_rises(by_time) and _rises(by_work)):
        return None
    grown = by_time.estimate * seconds
    if grown < max(GROWN_BYTES_MIN, GROWN_SHARE_MIN * median(used)) or not _is_steady(samples):
        return None
    return MemoryGrowth(by_time.estimate * 3_600, by_work.estimate, grown)


def is_suspect(samples: Sequence[MemorySample]) -> bool:
    """Whether memory may be found to grow later, so that it is worth knowing what it has now."""
    if len(samples) < GROWTH_SAMPLES_MIN:
        return False
    by_time = theil_sen([sample.at for sample in samples], [sample.used for sample in samples])
    return _rises(by_time) and by_time.estimate * GROWTH_SECONDS >= GROWN_BYTES_MIN


def _rises(slope: Slope) -> bool:
    return slope.lowest > 0


def _is_steady(samples: Sequence[MemorySample]) -> bool:
    """Whether each fifth of the time and of the work has its share, and the later ones no less."""
    by_time = _rises_by_part(samples, [sample.at for sample in samples])
    by_work = _rises_by_part(samples, [sample.work for sample in samples])
    half = len(by_work) // 2
    return (
        min(by_time) >= _SHARE_BY_TIME_MIN * sum(by_time) / len(by_time)
        and min(by_work) >= _SHARE_BY_WORK_MIN * sum(by_work) / len(by_work)
        and sum(by_work[half:]) >= _LATER_SHARE_MIN * sum(by_work[:half])
    )


def _rises_by_part(samples: Sequence[MemorySample], ats: Sequence[float]) -> Sequence[float]:
    """By how many bytes each fifth of what `ats` spans lies above the one before.

    A fifth without a sample is as high as the one before.
    """
    parts: list[list[int]] = [[] for _ in range(_PARTS)]
    for sample, at in zip(samples, ats, strict=True):
        share = (at - ats[0]) / (ats[-1] - ats[0])
        parts[min(_PARTS - 1, int(_PARTS * share))].append(sample.used)
    levels: list[float] = []
    for part in parts:
        levels.append(median(part) if part else levels[-1])
    return [later - earlier for earlier, later in pairwise(levels)]

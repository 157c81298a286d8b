"""Whether an index that is tried helps: its statements and the writes, before and after. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.limits import (
    TRIAL_HOURS_MAX,
    TRIAL_READS_SHARE_MAX,
    TRIAL_RUNS_MIN,
    TRIAL_SECONDS,
    TRIAL_SECONDS_MIN,
    TRIAL_WRITES_MIN,
    TRIAL_WRITES_SHARE_MAX,
)

Times = Mapping[str, QuantileSketch]
"""The durations of statements by their names."""
_NOISE_SECONDS: Final = 0.00005


class TrialVerdict(Struct, frozen=True):
    """`is_kept` is None while it is too early to tell."""

    is_kept: bool | None
    note: str = ""
    before: Mapping[str, float] = {}
    after: Mapping[str, float] = {}


class _Compared(Struct, frozen=True):
    """Seconds of the same statements, weighed alike; 0 when too few ran."""

    before: float = 0.0
    after: float = 0.0

    @property
    def share(self) -> float:
        return self.after / self.before if self.before else 1.0


def trial_verdict(
    before: Times,
    after: Times,
    *,
    queries: Sequence[str],
    writers: Sequence[str],
    lasted: timedelta,
) -> TrialVerdict:
    """Kept is what makes its statements faster by 30 % and no write slower by more than 5 %.

    Harm ends a trial as soon as enough ran to see it; what seldom runs is waited for, a day long.
    """
    reads = _compared(before, after, queries, runs_min=TRIAL_RUNS_MIN, of=_mean)
    writes = _compared(before, after, writers, runs_min=TRIAL_WRITES_MIN, of=_median)
    is_kept, note = _judged(reads, writes, lasted.total_seconds())
    return TrialVerdict(
        is_kept=is_kept,
        note=note,
        before={"read_seconds": reads.before, "write_seconds": writes.before},
        after={"read_seconds": reads.after, "write_seconds": writes.after},
    )


def _judged(reads: _Compared, writes: _Compared, seconds: float) -> tuple[bool | None, str]:
    percent = round(100 * (1 - reads.share))
    is_slower = writes.after - writes.before > _NOISE_SECONDS
    found: tuple[bool | None, str]
    if seconds < TRIAL_SECONDS_MIN:
        found = None, ""
    elif is_slower and writes.share > TRIAL_WRITES_SHARE_MAX:
        found = False, f"Undone: writes took {round(100 * writes.share - 100)}% longer."
    elif reads.share > 1 / TRIAL_READS_SHARE_MAX:
        found = False, "Undone: its statements became slower."
    elif seconds < TRIAL_SECONDS or (not reads.before and seconds < TRIAL_HOURS_MAX * 3600):
        found = None, ""
    elif not reads.before:
        found = False, "Undone: its statements did not run."
    elif reads.share > TRIAL_READS_SHARE_MAX:
        found = False, f"Undone: its statements take only {percent}% less time."
    else:
        found = True, f"Kept: its statements take {percent}% less time."
    return found


def _compared(
    before: Times,
    after: Times,
    names: Sequence[str],
    *,
    runs_min: int,
    of: Callable[[QuantileSketch], float],
) -> _Compared:
    """Each statement that ran often enough before and after, as often as it ran before."""
    nothing = QuantileSketch()
    pairs = [(before.get(name, nothing), after.get(name, nothing)) for name in sorted(set(names))]
    told = [pair for pair in pairs if min(one.count for one in pair) >= runs_min]
    runs = sum(was.count for was, _ in told)
    if not runs:
        return _Compared()
    return _Compared(
        sum(was.count * of(was) for was, _ in told) / runs,
        sum(was.count * of(now) for was, now in told) / runs,
    )


def _mean(sketch: QuantileSketch) -> float:
    return sketch.mean


def _median(sketch: QuantileSketch) -> float:
    return sketch.quantile(0.5)

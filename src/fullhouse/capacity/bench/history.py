"""The figures of the last run, kept in the data folder and compared with those of this one."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from fullhouse.capacity.bench.report import Figure

_SAME: Final = 0.05
"""Two runs of the same program on a quiet machine differ by about as much."""


class _KeptFigure(msgspec.Struct, frozen=True):
    ratio: float


class LastRun(msgspec.Struct, frozen=True):
    """What is read of the report of a former run."""

    at: datetime
    figures: dict[str, _KeptFigure]


def read_last_run(path: Path) -> LastRun | None:
    """The last run; None when there is none, or none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=LastRun)
    except (OSError, msgspec.DecodeError):
        return None


def changes_since(last: LastRun | None, figures: Sequence[Figure]) -> str:
    """One sentence: what is better and what is worse than last time, the greatest change first."""
    if last is None:
        return "This is the first run that is kept: there is nothing to compare it with."
    better: list[tuple[float, str]] = []
    worse: list[tuple[float, str]] = []
    for figure in figures:
        kept = last.figures.get(figure.key)
        if kept is None or not kept.ratio:
            continue
        change = figure.ratio / kept.ratio - 1
        if abs(change) >= _SAME:
            is_better = (change > 0) != figure.is_maximum
            (better if is_better else worse).append((abs(change), figure.name))
    when = f"Compared with the run of {last.at:%d %B %Y, %H:%M}"
    told = [
        f"{word}: {', '.join(f'{name} by {size:.0%}' for size, name in sorted(found)[::-1])}"
        for word, found in (("better", better), ("worse", worse))
        if found
    ]
    if not told:
        return f"{when}, no ratio has changed by {_SAME:.0%} or more."
    return f"{when}, {'; '.join(told)}."

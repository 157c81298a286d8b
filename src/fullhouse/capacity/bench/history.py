"""The figures of the last run, kept in the data folder and compared with those of this one."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from fullhouse.capacity.bench.figure import Figure

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
    changes: dict[str, list[tuple[float, str]]] = {"better": [], "worse": []}
    for figure in figures:
        kept = last.figures.get(figure.key)
        if kept is None or not kept.ratio:
            continue
        change = figure.ratio / kept.ratio - 1
        if abs(change) >= _SAME:
            is_better = (change > 0) != figure.is_maximum
            changes["better" if is_better else "worse"].append((change, figure.name))
    when = f"Compared with the run of {last.at:%d %B %Y, %H:%M}"
    told = [f"{word}: {_list(found)}" for word, found in changes.items() if found]
    if not told:
        return f"{when}, no ratio has changed by {_SAME:.0%} or more."
    return f"{when}, {'; '.join(told)}."


def _list(changes: list[tuple[float, str]]) -> str:
    ordered = sorted(changes, key=lambda one: -abs(one[0]))
    return ", ".join(f"{name} {_extent(change)}" for change, name in ordered)


def _extent(change: float) -> str:
    """`by 12%`, and for what has at least doubled `2.4 times as high`."""
    return f"by {abs(change):.0%}" if change < 1 else f"{change + 1:.1f} times as high"

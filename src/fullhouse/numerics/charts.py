"""Geometry of charts, which `parts/charts.html` draws; a table has each figure too. Pure."""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final, NamedTuple

from msgspec import Struct

WIDTH: Final = 720
HEIGHT: Final = 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 12, 24
_LABELS_MAX: Final = 8
_GAP: Final = 0.2
"""The part of a day's width that is left white between two bars."""


class MarkedSpan(Struct, frozen=True):
    """From where to where something was so along the lower axis."""

    x: float
    width: float


class Label(Struct, frozen=True):
    """A text at a place of an axis."""

    at: float
    text: str
    instant: str = ""
    """See `Tick`."""


class Bar(Struct, frozen=True):
    """A bar within its track, from the zero line up; `text` is what it says."""

    x: float
    width: float
    track_y: float
    track_height: float
    fill_y: float
    fill_height: float
    text: str


class Tick(Struct, frozen=True):
    """A value of the lower axis; `instant` is the moment in ISO 8601 where the text is one.

    Scripts show it in the zone of who looks.
    """

    text: str
    instant: str = ""


class Measure(Struct, frozen=True):
    """What a bar shows: a part of a whole, and both in words."""

    label: str
    part: int
    whole: int
    text: str
    instant: str = ""


class UsualRange(NamedTuple):
    """What is usual at a bar, from `low` to `high`."""

    low: float
    high: float


class Band(Struct, frozen=True):
    """An area behind the bars, with what it says."""

    points: str
    text: str


class BarChart(Struct, frozen=True):
    """Bars over a zero line, with a scale and the labels of some bars."""

    title: str
    bars: tuple[Bar, ...]
    scale: tuple[Label, ...]
    labels: tuple[Label, ...]
    band: Band | None = None
    marks: tuple[MarkedSpan, ...] = ()


class Line(Struct, frozen=True):
    """A line with its name at its end."""

    points: str
    text: str
    end_x: float
    end_y: float


class LineChart(Struct, frozen=True):
    """Lines over a zero line; the first is the one that matters."""

    title: str
    lines: tuple[Line, ...]
    scale: tuple[Label, ...]
    labels: tuple[Label, ...]
    target: Label | None = None
    """What the lines should stay below, by its height."""
    marks: tuple[MarkedSpan, ...] = ()


def bar_chart(
    title: str,
    measures: Sequence[Measure],
    *,
    usual: tuple[str, Sequence[UsualRange]] | None = None,
    marks: Sequence[range] = (),
) -> BarChart | None:
    """None where there is nothing to draw.

    `usual` is what nobody wonders about at each bar, with its text; `marks` are bars by number.
    """
    largest = max((max(one.part, one.whole) for one in measures), default=0)
    if usual is not None:
        largest = max(largest, *(ceil(one.high) for one in usual[1]))
    if not largest:
        return None
    top = round_up(largest)
    step = (WIDTH - _LEFT - _RIGHT) / len(measures)
    bars = [
        Bar(
            x=round(_LEFT + number * step + step * _GAP / 2, 1),
            width=round(step * (1 - _GAP), 1),
            track_y=_y(one.whole, top),
            track_height=round(HEIGHT - _BOTTOM - _y(one.whole, top), 1),
            fill_y=_y(one.part, top),
            fill_height=round(HEIGHT - _BOTTOM - _y(one.part, top), 1),
            text=one.text,
        )
        for number, one in enumerate(measures)
    ]
    every = -(-len(measures) // _LABELS_MAX)
    labels = [
        Label(round(_LEFT + (number + 0.5) * step, 1), one.label, one.instant)
        for number, one in enumerate(measures)
        if number % every == 0
    ]
    return BarChart(
        title,
        tuple(bars),
        _scale(top),
        tuple(labels),
        None if usual is None else Band(_band(usual[1], step, top), usual[0]),
        _spans(marks, step, _LEFT),
    )


def _band(usual: Sequence[UsualRange], step: float, top: int) -> str:
    """Around the area: along what is the highest, and back along what is the lowest."""
    upper, lower = [], []
    for number, one in enumerate(usual):
        ends = [round(_LEFT + end * step, 1) for end in (number, number + 1)]
        upper += [(x, _y(one.high, top)) for x in ends]
        lower += [(x, _y(one.low, top)) for x in ends]
    return _points([*_corners(upper), *reversed(_corners(lower))])


def _corners(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Without those between two of the same height."""
    inner = zip(points, points[1:], points[2:], strict=False)
    kept = [here for before, here, after in inner if not before[1] == here[1] == after[1]]
    return [*points[:1], *kept, *points[-1:]]


def _spans(marks: Sequence[range], step: float, left: float) -> tuple[MarkedSpan, ...]:
    return tuple(
        MarkedSpan(round(left + mark.start * step, 1), round(len(mark) * step, 1)) for mark in marks
    )


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def line_chart(
    title: str,
    series: Sequence[tuple[str, Sequence[int | None]]],
    labels: Sequence[Tick],
    *,
    target: tuple[str, int] | None = None,
    marks: Sequence[range] = (),
) -> LineChart | None:
    """Lines through values at equal distances, straight on over those that are missing.

    `target` is what they should stay below, with its text; `marks` are values by number.
    """
    largest = max((value or 0 for _, values in series for value in values), default=0)
    if not largest:
        return None
    highest = max(largest, 0 if target is None else target[1])
    top, steps = round_up(highest), max(1, len(labels) - 1)
    step = (WIDTH - _LEFT - _RIGHT) / steps
    lines = []
    for text, values in series:
        points = [
            (round(_LEFT + n * step, 1), _y(value, top))
            for n, value in enumerate(values)
            if value is not None
        ]
        if points:
            lines.append(Line(_points(points), text, *points[-1]))
    every = -(-len(labels) // _LABELS_MAX)
    shown = [
        Label(round(_LEFT + number * step, 1), tick.text, tick.instant)
        for number, tick in enumerate(labels)
        if number % every == 0
    ]
    drawn = None if target is None else Label(_y(target[1], top), target[0])
    spans = _spans(marks, step, _LEFT - step / 2)
    return LineChart(title, tuple(lines), _scale(top), tuple(shown), drawn, spans)


def round_up(value: int) -> int:
    """The next 1, 2, 4, 6 or 8 times a power of ten: a scale that can be read in halves."""
    power = 1
    while True:
        for step in (1, 2, 4, 6, 8):
            if value <= step * power:
                return step * power
        power *= 10


def _y(value: float, top: int) -> float:
    height = HEIGHT - _TOP - _BOTTOM
    return round(_TOP + height * (1 - value / top), 1)


def _scale(top: int) -> tuple[Label, ...]:
    values = {0, top // 2, top}
    return tuple(Label(_y(value, top), str(value)) for value in sorted(values))

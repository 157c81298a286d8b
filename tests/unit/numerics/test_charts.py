"""Charts: what is usual lies behind the bars, and what is marked beside them."""

from fullhouse.numerics.charts import Measure, Tick, UsualRange, bar_chart, line_chart

EMPTY = [Measure(str(n), 0, 0, "0") for n in range(4)]


def test_what_is_usual_is_drawn_where_there_is_no_bar_and_turns_where_it_changes() -> None:
    assert bar_chart("Bookings", EMPTY) is None
    usual = [UsualRange(2, 8), UsualRange(2, 8), UsualRange(0, 4), UsualRange(0, 4)]
    chart = bar_chart("Bookings", EMPTY, usual=("Usual: 0 to 4", usual))
    assert chart is not None
    assert chart.scale[-1].text == "8", "the highest is within"
    assert chart.band is not None
    points = [tuple(map(float, one.split(","))) for one in chart.band.points.split()]
    left, middle, right = 44, 378, 712
    top, bottom = 12, 176
    half, quarter = (top + bottom) / 2, bottom - (bottom - top) / 4
    assert points == [
        (left, top),
        (middle, top),
        (middle, half),
        (right, half),
        (right, bottom),
        (middle, bottom),
        (middle, quarter),
        (left, quarter),
    ]


def test_marks_cover_their_bars_and_values() -> None:
    bars = bar_chart("Bookings", [Measure("", 1, 0, "1")] * 4, marks=[range(1, 3)])
    assert bars is not None
    (mark,) = bars.marks
    assert mark.x < bars.bars[1].x
    assert bars.bars[2].x + bars.bars[2].width < mark.x + mark.width < bars.bars[3].x
    lines = line_chart("Speed", [("All", [1, 1, 1])], [Tick("")] * 3, marks=[range(2, 3)])
    assert lines is not None
    (mark,) = lines.marks
    assert mark.x < lines.lines[0].end_x < mark.x + mark.width

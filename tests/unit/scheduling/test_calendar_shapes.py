"""The shapes of calendar files that programs write, each with what it closes.

`calendars/*.ics` are written for these tests. Beside each, a text says for the year 2027: the zone
of the venue, what is closed in order (`more`: and how many further times), how many events each
finding is about, or the line and words with which the file is refused.
"""

from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from tests.builders.calendars import closed_times, findings, report_of

from fullhouse.scheduling.model.ics_parser import CalendarInvalid

SHAPES: Final = sorted((Path(__file__).parent / "calendars").glob("*.ics"))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.stem)
def test_file_of_each_shape_closes_what_its_author_meant(shape: Path) -> None:
    lines = shape.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    said = [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]
    zone = ZoneInfo(said.pop(0)[1])
    if said[0][0] == "refused":
        line, _, words = said[0][1].partition(" ")
        with pytest.raises(CalendarInvalid) as refused:
            report_of(shape.read_bytes(), zone)
        assert refused.value.line == int(line)
        assert words in refused.value.detail
        return
    report = report_of(shape.read_bytes(), zone)
    closed = [
        f"{start:%Y-%m-%d %H:%M} / {end:%Y-%m-%d %H:%M} {reason}"
        for start, end, reason in closed_times(report, zone, days=365)
    ]
    expected = [rest for word, rest in said if word == "closed"]
    counts = {word: int(rest) for word, rest in said if word != "closed"}
    more = counts.pop("more", 0)
    assert closed[: len(expected)] == expected
    assert len(closed) == len(expected) + more
    assert findings(report) == counts


def test_there_are_more_than_forty_shapes_and_each_says_what_it_closes() -> None:
    assert len(SHAPES) > 40
    assert {shape.stem for shape in SHAPES} == {
        text.stem for text in SHAPES[0].parent.glob("*.txt")
    }

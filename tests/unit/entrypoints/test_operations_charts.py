"""The charts of the last hour: what is usual, and the minutes that were not."""

from datetime import timedelta

import msgspec
from tests.unit.observability.test_overview_findings import NOW, an_alert, an_overview

from fullhouse.entrypoints.web.operations_presenter import OperationsPresenter
from fullhouse.localisation.formatter import utc_english
from fullhouse.observability.capacity_report import CapacityReport
from fullhouse.observability.expectation import Expected
from fullhouse.observability.gauges import GaugeName
from fullhouse.observability.memory_report import ProcessMemory
from fullhouse.observability.request_hour import RequestHour, RequestMinute
from fullhouse.observability.trends import Trend

MINUTES = [
    RequestMinute(NOW + timedelta(minutes=n), requests=10, failed=n % 2) for n in range(-30, 1)
]


def test_memory_of_each_process_says_what_came_to_it_in_the_hour() -> None:
    grown = ProcessMemory("web 7", NOW, NOW, 100_000_000, 130_000_000, 140_000_000)
    shrunk = ProcessMemory("worker 8", NOW, NOW, 90_000_000, 80_000_000, 90_000_000)
    left = timedelta(days=3)
    trend = Trend(GaugeName.DISK_FREE, "barn", left, "The disk is full in 3 days.", 0, 1)
    capacity = CapacityReport([grown, shrunk], [trend])
    overview = msgspec.structs.replace(
        an_overview({}, [an_alert("memory-grows")]), capacity=capacity
    )
    view = OperationsPresenter(utc_english(), overview, NOW).view()
    assert [(one.name, one.now, one.most, one.change) for one in view.processes] == [
        ("web 7", "130 MB", "140 MB", "+30.0 MB"),
        ("worker 8", "80.0 MB", "90.0 MB", "-10.0 MB"),
    ]
    assert view.running_out == ("The disk is full in 3 days.",)
    (found,) = view.findings
    assert (found.href, found.page) == ("/admin/operations#capacity", "What is left")


def test_what_was_unusual_is_marked_in_its_minutes_on_its_chart_alone() -> None:
    usual = [Expected(one.at, 4.0, 1.2, 8.9) for one in MINUTES]
    alerts = [
        msgspec.structs.replace(
            an_alert("unusual"), subject="errors_per_minute", fired_at=NOW - timedelta(minutes=9)
        ),
        msgspec.structs.replace(
            an_alert("unusual"), subject="bookings_per_minute", fired_at=NOW - timedelta(minutes=50)
        ),
        msgspec.structs.replace(an_alert("errors"), subject="errors_per_minute", fired_at=NOW),
    ]
    overview = msgspec.structs.replace(an_overview({}, alerts), hour=RequestHour(MINUTES, usual))
    view = OperationsPresenter(utc_english(), overview, NOW).view()
    bookings, speed, requests = view.charts
    assert bookings.bars is not None
    assert bookings.bars.band is not None
    assert bookings.bars.band.text == "Usual now: 2 to 8"
    assert bookings.unusual == (), "that was before the hour"
    assert view.minutes[0].usual == "2 to 8"
    assert speed.lines is None, "nobody booked"
    assert requests.lines is not None
    assert [one.text for one in requests.unusual] == ["About unusual."]
    since = (NOW - timedelta(minutes=20)).isoformat()
    assert [one.instant for one in requests.unusual] == [since]
    (mark,) = requests.lines.marks
    xs = [float(point.split(",")[0]) for point in requests.lines.lines[0].points.split()]
    inside = [
        one.at for one, x in zip(MINUTES, xs, strict=False) if mark.x < x < mark.x + mark.width
    ]
    assert inside == [NOW + timedelta(minutes=n) for n in range(-20, -10)]

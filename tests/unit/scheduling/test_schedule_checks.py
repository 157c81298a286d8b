"""Settings of a schedule that would do nothing are refused, those that do something are not."""

from zoneinfo import ZoneInfo

import pytest
from tests.builders.business import an_offering
from tests.builders.schedules import wall

from fullhouse.scheduling.model.schedule import ScheduleInvalid, ScheduleSpec
from fullhouse.scheduling.model.schedule_checks import check_spec

CHICAGO = ZoneInfo("America/Chicago")


def shape(rule: str = "", starts_at: str = "2027-01-01 10:00", **more: object) -> ScheduleSpec:
    given: dict[str, object] = {"duration_minutes": 30, "capacity": 10, **more}
    return ScheduleSpec(starts_at=wall(starts_at), rule=rule, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"exdates": (wall("2027-01-02"),)}, "exdates"),
        ({"exdates": (wall("2027-01-02 10:00"), wall("2027-01-03 10:01"))}, "exdates"),
        ({"exdates": (wall("2026-12-31 10:00"),)}, "exdates"),
        ({"exdates": (wall("9999-12-31 23:59"),)}, "exdates"),
        ({"rule": "FREQ=DAILY;COUNT=3", "exdates": (wall("2027-01-04 10:00"),)}, "exdates"),
        ({"rule": "FREQ=WEEKLY;BYDAY=MO", "exdates": (wall("2027-01-05 10:00"),)}, "exdates"),
        ({"rule": "", "exdates": (wall("2027-01-02 10:00"),)}, "exdates"),
        (dict.fromkeys(["rdates", "exdates"], (wall("2027-01-02 12:00"),)), "exdates"),
        ({"rdates": (wall("2027-03-14 02:30"),)}, "rdates"),
        ({"rule": "", "starts_at": "2027-03-14 02:30"}, "starts_at"),
    ],
)
def test_what_would_do_nothing_is_refused_by_its_field(
    wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(ScheduleInvalid) as refused:
        check_spec(shape(**{"rule": "FREQ=DAILY", **wrong}), an_offering(), CHICAGO)  # type: ignore[arg-type]
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("rule", "exception"),
    [
        ("FREQ=DAILY;COUNT=4", "2027-01-04 10:00"),
        ("FREQ=DAILY;UNTIL=20270104", "2027-01-04 10:00"),
        ("FREQ=HOURLY;BYHOUR=10,11", "2028-02-29 11:00"),
        ("", "2027-01-01 10:00"),
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2027-03-14 02:30"),
    ],
)
def test_an_exception_that_the_rule_names_is_taken(rule: str, exception: str) -> None:
    check_spec(shape(rule, exdates=(wall(exception),)), an_offering(), CHICAGO)


def test_fewer_places_than_the_smallest_party_needs_are_refused() -> None:
    offering = an_offering(party_min=4)
    check_spec(shape("FREQ=DAILY", capacity=4), offering, CHICAGO)
    with pytest.raises(ScheduleInvalid) as refused:
        check_spec(shape("FREQ=DAILY", capacity=3), offering, CHICAGO)
    assert refused.value.details["field"] == "capacity"

"""Calendar files of closures: what is read out of them, and what is said of bad ones."""

from datetime import datetime

import pytest
from tests.builders.calendars import calendar_file, findings, report_of, spans

from fullhouse.scheduling.model.closures import Closure, check_closure
from fullhouse.scheduling.model.ics_parser import CalendarInvalid


def closures_of(file: bytes) -> list[Closure]:
    return [found.closure for found in report_of(file).closures]


def test_a_whole_day_is_closed_from_midnight_to_midnight() -> None:
    (closure,) = closures_of(
        calendar_file("UID:a\nDTSTART;VALUE=DATE:20270704\nSUMMARY:Parade\\, all day")
    )
    assert closure == Closure(
        datetime(2027, 7, 4),  # noqa: DTZ001 - wall time
        datetime(2027, 7, 5),  # noqa: DTZ001 - wall time
        "Parade, all day",
        "calendar",
        "a",
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("DTSTART:20270704T120000", "DTEND:20270704T140000"),
        ("DTSTART:20270704T170000Z", "DURATION:PT2H"),
        ("DTSTART;TZID=America/New_York:20270704T130000", "DTEND:20270704T190000Z"),
        ("DTSTART;TZID=Central Standard Time:20270704T120000", "DURATION:PT120M"),
        ('DTSTART;TZID="/example.org/America/Chicago":20270704T120000', "DURATION:PT2H"),
        ("dtstart:20270704T120000", "dtend:20270704T140000"),
    ],
)
def test_times_are_taken_to_the_wall_of_the_venue(start: str, end: str) -> None:
    assert spans(calendar_file(f"UID:a\n{start}\n{end}")) == ["2027-07-04 12:00/2027-07-04 14:00"]


def test_what_recurs_keeps_its_wall_time_and_its_exceptions() -> None:
    weekly = """UID:a
DTSTART;TZID=America/Chicago:20270301T120000
DTEND;TZID=America/Chicago:20270301T130000
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=America/Chicago:20270308T120000
RDATE;TZID=America/Chicago:20270401T090000"""
    assert [span[5:16] for span in spans(calendar_file(weekly))] == [
        "03-01 12:00",
        "03-15 12:00",
        "03-22 12:00",
        "04-01 09:00",
    ]


def test_one_occurrence_may_be_moved_and_another_cancelled() -> None:
    daily = "UID:a\nDTSTART:20270301T120000\nDTEND:20270301T130000\nRRULE:FREQ=DAILY;COUNT=3"
    moved = "UID:a\nRECURRENCE-ID:20270302T120000\nDTSTART:20270302T150000\nDTEND:20270302T170000"
    cancelled = (
        "UID:a\nRECURRENCE-ID:20270303T120000\nDTSTART:20270303T120000\n"
        "DTEND:20270303T130000\nSTATUS:CANCELLED"
    )
    assert [span[5:16] for span in spans(calendar_file(daily, moved, cancelled))] == [
        "03-01 12:00",
        "03-02 15:00",
    ]


def test_seconds_are_rounded_outwards() -> None:
    file = calendar_file("UID:a\nDTSTART:20270704T120030\nDTEND:20270704T123001")
    assert spans(file) == ["2027-07-04 12:00/2027-07-04 12:31"]


def test_what_has_no_length_or_is_long_past_closes_nothing() -> None:
    moment = "UID:a\nDTSTART:20270704T120000"
    past = "UID:b\nDTSTART;VALUE=DATE:20200704"
    assert spans(calendar_file(moment, past)) == []


def test_alarms_zones_and_other_components_are_left_aside() -> None:
    event = "UID:a\nDTSTART;VALUE=DATE:20270704\nBEGIN:VALARM\nTRIGGER:-PT1H\nEND:VALARM"
    file = calendar_file(event).replace(
        b"VERSION:2.0\n",
        b"VERSION:2.0\nBEGIN:VTIMEZONE\nTZID:Odd\nBEGIN:STANDARD\nRRULE:FREQ=SECONDLY\n"
        b"END:STANDARD\nEND:VTIMEZONE\nBEGIN:VTODO\nDTSTART:nonsense\nEND:VTODO\n",
    )
    assert spans(file) == ["2027-07-04 00:00/2027-07-05 00:00"]


def test_folded_lines_any_line_ends_and_a_byte_order_mark_are_read() -> None:
    file = calendar_file("UID:a\nDTSTART;VALUE=DATE:20270704\nSUMMARY:Long \n  weekend")
    (closure,) = closures_of(b"\xef\xbb\xbf" + file.replace(b"\n", b"\r\n"))
    assert closure.reason == "Long weekend"


DAY = "UID:a\nDTSTART;VALUE=DATE:20270704"


@pytest.mark.parametrize(
    ("encoding", "mark", "remarks"),
    [
        ("utf-8", b"\xef\xbb\xbf", {}),
        ("utf-16-le", b"\xff\xfe", {}),
        ("utf-16-be", b"\xfe\xff", {}),
        ("utf-16-le", b"", {}),
        ("utf-16-be", b"", {}),
        ("latin-1", b"", {"not_utf8": 1}),
        ("cp1252", b"", {"not_utf8": 1}),
    ],
)
def test_title_is_read_in_each_encoding_that_programs_write(
    encoding: str, mark: bytes, remarks: dict[str, int]
) -> None:
    title = "Märchen" if encoding == "latin-1" else "Märchen, 5 €"
    file = calendar_file(f"{DAY}\nSUMMARY:{title}").decode().encode(encoding)
    report = report_of(mark + file)
    assert [found.closure.reason for found in report.closures] == [title]
    assert findings(report) == remarks


def test_zone_uid_and_title_of_another_encoding_are_the_same_as_in_utf_8() -> None:
    zone = """BEGIN:VTIMEZONE
TZID:Mitteleuropäische Zeit
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
    event = "UID:Übung\nDTSTART;TZID=Mitteleuropäische Zeit:20270704T100000\nDURATION:PT1H"
    file = calendar_file(event, zones=zone)
    assert closures_of(file.decode().encode("latin-1")) == closures_of(file)


@pytest.mark.parametrize("title", ["👨‍👩‍👧 Fest", "نمی‌دانم"])  # with joiners
def test_title_keeps_the_joiners_that_emoji_and_persian_words_need(title: str) -> None:
    (closure,) = closures_of(calendar_file(f"{DAY}\nSUMMARY:\u200b{title}\u202e\0\\n"))
    assert closure.reason == title
    check_closure(closure)


def test_line_that_is_folded_within_a_character_is_no_other_encoding() -> None:
    file = calendar_file(DAY + "\nSUMMARY:Café 🎉").replace(b"\xa9", b"\r\n \xa9")
    report = report_of(file.replace(b"\x9f\x8e", b"\x9f\n\t\x8e"))
    assert [found.closure.reason for found in report.closures] == ["Café 🎉"]
    assert not report.remarks


def test_files_that_were_put_together_and_blank_lines_in_a_folded_one_lose_nothing() -> None:
    mark = b"\xef\xbb\xbf"
    one, two = (
        calendar_file(DAY + "\nSUMMARY:Long\n  fair"),
        calendar_file("UID:b\nDTSTART:20270705"),
    )
    closures = closures_of((mark + one + mark + two).replace(b"\n", b"\r\r\n"))
    assert [closure.reason for closure in closures] == ["Long fair", "Closed"]


HOUR = "DTSTART:20270704T100000\nDURATION:PT1H"
SERIES = f"UID:a\n{HOUR}\nRRULE:FREQ=DAILY;COUNT=2"
CHANGE = "UID:a\nRECURRENCE-ID:20270705T100000\nDTSTART:20270705T150000\nDURATION:PT1H"


@pytest.mark.parametrize(
    ("method", "events", "closed", "said"),
    [
        ("CANCEL", [f"UID:a\n{HOUR}"], [], {"cancelled": 1}),
        ("cancel", ["UID:a\nSEQUENCE:2"], [], {"cancelled": 1}),
        ("CANCEL", [SERIES, CHANGE], [], {"cancelled": 2}),
        ("PUBLISH", [f"UID:a\n{HOUR}"], ["10"], {}),
        # What a later version cancels has been cancelled with its changes
        (
            "",
            [SERIES, CHANGE, f"UID:a\nSEQUENCE:1\n{HOUR}\nSTATUS:CANCELLED"],
            [],
            {"cancelled": 2, "replaced": 1},
        ),
        (
            "",
            [f"UID:a\nSEQUENCE:1\n{HOUR}", f"UID:a\n{HOUR}\nSTATUS:CANCELLED"],
            ["10"],
            {"replaced": 1},
        ),
        # Equal versions: the cancelled one counts, and no event of another start
        ("", [f"UID:a\n{HOUR}", f"UID:a\n{HOUR}\nSTATUS:CANCELLED"], [], {"cancelled": 2}),
        (
            "",
            [f"UID:a\n{HOUR}", "UID:a\nDTSTART:20270705\nSTATUS:CANCELLED"],
            ["10"],
            {"cancelled": 1},
        ),
        ("", [f"UID:a\n{HOUR}", "UID:a\nSTATUS:CANCELLED"], [], {"cancelled": 2}),
    ],
)
def test_cancelled_events_close_nothing_and_are_counted(
    method: str, events: list[str], closed: list[str], said: dict[str, int]
) -> None:
    file = calendar_file(*events, zones=f"METHOD:{method}\n")
    assert [span[11:13] for span in spans(file)] == closed
    assert findings(report_of(file)) == said


def test_invitation_and_its_cancellation_in_one_file_close_nothing() -> None:
    invited = calendar_file(SERIES, CHANGE, zones="METHOD:REQUEST\n")
    for sequence in (0, 1):
        cancelled = calendar_file(f"UID:a\nSEQUENCE:{sequence}\n{HOUR}", zones="METHOD:CANCEL\n")
        assert spans(invited + cancelled) == []
    one = "UID:a\nRECURRENCE-ID:20270705T100000\nSEQUENCE:1"
    assert [
        span[5:13] for span in spans(invited + calendar_file(one, zones="METHOD:CANCEL\n"))
    ] == ["07-04 10"]


@pytest.mark.parametrize(
    ("hour", "later"), [("12", "14"), ("08", "06"), ("12", "06"), ("08", "14")]
)
def test_two_changes_of_all_later_times_each_end_where_the_next_begins(
    hour: str, later: str
) -> None:
    series = f"UID:a\n{HOUR}\nRRULE:FREQ=DAILY;COUNT=5"
    changes = [
        f"UID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:202707{day}T100000\n"
        f"DTSTART:202707{day}T{at}0000\nDURATION:PT1H"
        for day, at in (("05", hour), ("07", later))
    ]
    assert [span[8:13] for span in spans(calendar_file(series, *changes))] == [
        "04 10",
        f"05 {hour}",
        f"06 {hour}",
        f"07 {later}",
        f"08 {later}",
    ]


@pytest.mark.parametrize("status", ["", "\nSTATUS:CANCELLED"])
def test_change_of_a_time_that_the_series_does_not_have_is_reported(status: str) -> None:
    unmatched = CHANGE.replace("RECURRENCE-ID:20270705", "RECURRENCE-ID:20270709") + status
    report = report_of(calendar_file(SERIES, unmatched))
    assert findings(report)["exception_unmatched"] == 1
    assert findings(report_of(calendar_file(SERIES, CHANGE + status))).keys() <= {"cancelled"}


@pytest.mark.parametrize(
    "line",
    [
        "SEQUENCE:1732838400",
        "SEQUENCE:1732838400123",
        'DTEND;X-A="a:b","c;d";VALUE=DATE:20270705',
        "UID:a\u00a0\u200bb\tc",
        "RRULE: FREQ=DAILY; UNTIL=20270704",
        "RRULE:FREQ=DAILY;COUNT=1;BYHOUR=9,17;BYMINUTE=30",
    ],
)
def test_values_that_programs_write_are_no_mistakes(line: str) -> None:
    event = line + "\nDTSTART;VALUE=DATE:20270704"
    assert spans(calendar_file(event)) == ["2027-07-04 00:00/2027-07-05 00:00"]


def test_recurring_events_do_not_keep_a_long_zone_each() -> None:
    """A file of 200 kB would be 28 MB in the database, read whenever slots are planned."""
    dates = ",".join(f"{2026 + n // 12}{n % 12 + 1:02}01T000000" for n in range(400))
    zone = f"""BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:20250101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RDATE:{dates}
END:STANDARD
END:VTIMEZONE
"""
    event = "DTSTART;TZID=Ours:20270704T100000\nDURATION:PT1H\nRRULE:FREQ=YEARLY"
    some, many = ([f"UID:{n}\n{event}" for n in range(count)] for count in (100, 200))
    assert len(closures_of(calendar_file(*some, zones=zone))) == 100
    with pytest.raises(CalendarInvalid) as refused:
        report_of(calendar_file(*many, zones=zone))
    assert "too many changes" in refused.value.detail
    assert refused.value.line > 100


def test_zone_whose_clocks_change_all_day_is_refused_when_it_is_read() -> None:
    """Its changes would be worked out where slots are planned, for every year in one go."""
    zone = """BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:20200101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0,6,12,18
END:STANDARD
END:VTIMEZONE
"""
    with pytest.raises(CalendarInvalid) as refused:
        report_of(calendar_file("UID:a\nDTSTART;TZID=Ours:20270704T100000", zones=zone))
    assert "too many changes" in refused.value.detail


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        (b"", 0, "ends too early"),
        (b"hello", 1, "BEGIN:VCALENDAR"),
        (b"X:1", 1, "BEGIN:VCALENDAR"),
        (b"BEGIN:VEVENT\nEND:VEVENT", 1, "inside of them"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT", 2, "not begun"),
        (calendar_file(DAY)[:-15], 6, "ends too early"),
        (b"BEGIN:VCALENDAR\n" * 9, 2, "inside of them"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 9, 9, "nested"),
        (calendar_file(DAY + "\nBEGIN:X-A\nBEGIN:VEVENT\nEND:VEVENT\nEND:X-A"), 7, "X-A"),
        (calendar_file("UID:a"), 3, "no DTSTART"),
        (calendar_file(f"UID:{'a' * 501}\nDTSTART;VALUE=DATE:20270704"), 4, "at most"),
        (calendar_file("UID:a\x00b\nDTSTART;VALUE=DATE:20270704"), 4, "plain text"),
        (calendar_file(DAY + "\nUID:b"), 6, "twice"),
        (calendar_file("UID:a\nDTSTART:20271304"), 5, "20271304"),
        (calendar_file("UID:a\nDTSTART:22010101"), 5, "22010101"),
        (calendar_file("UID:a\nDTSTART:20270704,20270705"), 5, "one value"),
        (calendar_file("UID:a\nDTSTART;TZID=Moon/Base:20270704T100000"), 5, "Moon/Base"),
        (calendar_file(f"UID:a\nDTSTART;TZID={'a/' * 600}b:20270704T100000"), 5, "not known"),
        (calendar_file("UID:a\nDTSTART;TZID=../etc/passwd:20270704T100000"), 5, "not known"),
        (calendar_file(DAY + "\nDTEND:20270704T100000"), 6, "both days or both times"),
        (calendar_file(DAY + "\nDTEND;VALUE=DATE:20270703"), 6, "before it starts"),
        (calendar_file(DAY + "\nDTEND;VALUE=DATE:20270705\nDURATION:P1D"), 6, "DURATION"),
        (calendar_file(DAY + "\nDURATION:1 day"), 6, "PT2H"),
        (calendar_file(DAY + "\nDURATION:-P1D"), 6, "PT2H"),
        (calendar_file(DAY + "\nSEQUENCE:one"), 6, "number"),
        (calendar_file(DAY + "\nRDATE:20270705,20270705T100000"), 6, "mixes"),
        (calendar_file(DAY + "\nRRULE:FREQ=SECONDLY"), 6, "FREQ"),
        (calendar_file(DAY + "\nRRULE:FREQ=DAILY;COUNT=9\nRRULE:FREQ=DAILY"), 7, "twice"),
        (calendar_file("UID:a\nDTSTART=20270704"), 5, "NAME:VALUE"),
        (calendar_file(DAY + "\nDTSTART:99991231T235960Z"), 6, "twice"),
        (calendar_file(DAY + "\nRECURRENCE-ID;RANGE=THISANDPRIOR:20270704"), 6, "RANGE"),
        (
            calendar_file("UID:a\nDTSTART:20270704T000000\nRRULE:FREQ=MINUTELY\nDURATION:PT1M"),
            6,
            "10000 times a year",
        ),
    ],
)
def test_a_bad_file_is_refused_with_the_line_and_what_is_wrong_there(
    file: bytes, line: int, words: str
) -> None:
    with pytest.raises(CalendarInvalid) as refused:
        report_of(file)
    assert words in refused.value.detail
    assert refused.value.details["line"] == line
    assert refused.value.code == "calendar_invalid"

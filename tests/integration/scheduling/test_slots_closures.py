"""Closures, calendar files and holidays close slots, and reopening undoes it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_guest,
    commit,
)
from tests.builders.schedules import (
    ONE_WEEK,
    STAFF,
    added,
    book,
    events_of,
    imported,
    slots_of,
    wall,
)

from fullhouse.booking import errors
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model import VenueId
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.public_holidays import HolidaysUnknown
from fullhouse.scheduling.reads.closures import closures_ahead
from fullhouse.scheduling.reads.schedules import slots_off_schedule


async def test_a_closure_shuts_every_offering_of_the_venue_and_reopening_undoes_it(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business)
    first, second, *_ = [slot for slot, *_ in await slots_of(app)]
    await book(app, business, second)
    new = NewClosure(wall("2027-06-14 10:30"), wall("2027-06-15 10:00"), "Storm damage")
    venue_id = VenueId(business.offering.venue_id)
    closed = await commit(
        app, app.scheduling.close_venue, business.org_id, venue_id, new, context=STAFF
    )
    closure_id, (done,) = closed.closure_id, closed.slots
    assert (done.closed, done.off_schedule) == (2, (second,))
    states = [(state, reason) for *_, state, reason in await slots_of(app)]
    assert states[:3] == [("closed", "Storm damage"), ("closed", "Storm damage"), ("open", "")]
    with pytest.raises(errors.SlotClosed) as refused:
        await app.booking.place_booking(
            business.org_id, a_booking_of(first, name="Grace Hopper"), context=a_guest()
        )
    assert refused.value.details["reason"] == "Storm damage"
    async with app.database.session() as session:
        (closure,) = await closures_ahead(session, business.org_id, venue_id, now=app.clock.now())
        assert closure.closure_id == closure_id
        (listed,) = await slots_off_schedule(session, business.org_id, now=clock.now())
        assert listed.slot_id == second
    reopened = await commit(
        app, app.scheduling.reopen_venue, business.org_id, closure_id, context=STAFF
    )
    (undone,) = reopened.slots
    assert undone.reopened == 2
    async with app.database.unrestricted.session() as session:
        assert not await slots_off_schedule(session, business.org_id, now=clock.now())


async def lies_in(app: Application, country: str, subdivision: str) -> None:
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE venue SET country = $1, subdivision = $2", country, subdivision
        )


async def test_public_holidays_close_what_keeps_them_and_nothing_else(
    app: Application, business: Business
) -> None:
    await lies_in(app, "GB", "ENG")
    august = replace(
        ONE_WEEK,
        starts_at=wall("2027-08-29 10:00"),
        rule="FREQ=DAILY;COUNT=3",
        closed_on_holidays=True,
    )
    await added(app, business, august)
    await added(
        app,
        business,
        replace(august, starts_at=wall("2027-08-29 18:00"), closed_on_holidays=False),
    )
    reasons = [reason for *_, reason in await slots_of(app)]
    assert [bool(reason) for reason in reasons] == [False, False, True, False, False, False]
    await lies_in(app, "XX", "ENG")
    with pytest.raises(HolidaysUnknown):
        await added(app, business, august)


def calendar(*days: str) -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\nUID:{day}@town\nDTSTART;VALUE=DATE:{day}\nSUMMARY:Fair\nEND:VEVENT\n"
        for day in days
    )
    return f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n".encode()


@pytest.mark.on_both_servers
async def test_a_calendar_imported_again_changes_nothing_and_what_vanishes_reopens(
    app: Application, business: Business
) -> None:
    await added(app, business)
    first = await imported(app, business, calendar("20270614", "20270616"))
    assert (first.added, first.offerings[0].closed) == (2, 4)
    again = await imported(app, business, calendar("20270614", "20270616"))
    assert (again.added, again.changed, again.removed, again.unchanged) == (0, 0, 0, 2)
    assert again.offerings == (), "what has not changed changes no slot"
    fewer = await imported(app, business, calendar("20270616"))
    assert (fewer.removed, fewer.unchanged, fewer.offerings[0].reopened) == (1, 1, 2)
    renamed = calendar("20270616").replace(b"Fair", b"Market")
    changed = await imported(app, business, renamed)
    assert (changed.changed, changed.added) == (1, 0)
    assert {reason for *_, reason in await slots_of(app)} == {"", "Market"}


async def test_calendars_of_other_names_and_the_owners_closures_stay(
    app: Application, business: Business
) -> None:
    await added(app, business)
    given = (business.org_id, VenueId(business.offering.venue_id))
    new = NewClosure(wall("2027-06-15"), wall("2027-06-16"), "Wedding")
    await commit(app, app.scheduling.close_venue, *given, new, context=STAFF)
    await imported(app, business, calendar("20270614"))
    await imported(app, business, calendar(), calendar="school")
    reasons = [reason for *_, reason in await slots_of(app)]
    assert reasons[:5] == ["Fair", "Fair", "Wedding", "Wedding", ""]


PAUSES = b"""BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T010000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:morning
DTSTART;TZID=Customized Time Zone:20240101T100000
DURATION:PT30M
RRULE:FREQ=DAILY
SUMMARY:Morning break
END:VEVENT
BEGIN:VEVENT
UID:lunch
DTSTART;TZID=Customized Time Zone:20240101T110000
DURATION:PT30M
RRULE:FREQ=DAILY
EXDATE;TZID=Customized Time Zone:20270615T110000
SUMMARY:Lunch
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.on_both_servers
async def test_two_pauses_a_day_for_ever_are_two_closures_that_come_and_go_as_one(
    app: Application, business: Business
) -> None:
    await added(app, business)
    first = await imported(app, business, PAUSES)
    assert (first.added, first.offerings[0].closed) == (2, 13), "of 14 slots one is excepted"
    reasons = [reason for *_, reason in await slots_of(app)]
    assert reasons[:6] == ["Morning break", "Lunch", "Morning break", "", "Morning break", "Lunch"]
    again = await imported(app, business, PAUSES)
    assert (again.unchanged, again.offerings) == (2, ())
    shorter = PAUSES.replace(b"FREQ=DAILY\nSUMMARY", b"FREQ=DAILY;UNTIL=20270616\nSUMMARY")
    changed = await imported(app, business, shorter)
    assert (changed.changed, changed.unchanged, changed.offerings[0].reopened) == (1, 1, 4)
    removed = await imported(app, business, calendar())
    assert (removed.removed, removed.offerings[0].reopened) == (2, 9)


async def test_an_import_on_another_day_changes_nothing_because_an_exception_is_over(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business)
    first = await imported(app, business, PAUSES)
    clock.advance(timedelta(days=9))
    again = await imported(app, business, PAUSES)
    assert (first.added, again.unchanged, again.offerings) == (2, 2, ())


async def test_zones_with_any_characters_in_their_names_are_kept(
    app: Application, business: Business
) -> None:
    await added(app, business)
    named = PAUSES.replace(b"Customized Time Zone", b"A\x00\x7fB")
    assert (await imported(app, business, named)).offerings[0].closed == 13


async def test_events_without_uid_are_found_again_by_the_next_import(
    app: Application, business: Business
) -> None:
    await added(app, business)
    without = re.sub(rb"UID:.*\n", b"", calendar("20270614", "20270616"))
    first = await imported(app, business, without)
    again = await imported(app, business, without.replace(b"SUMMARY", b"CLASS:PUBLIC\nSUMMARY"))
    assert (first.added, again.unchanged, again.added, again.removed) == (2, 2, 0, 0)
    fewer = await imported(app, business, re.sub(rb"UID:.*\n", b"", calendar("20270616")))
    assert (fewer.removed, fewer.unchanged, fewer.offerings[0].reopened) == (1, 1, 2)


async def test_an_import_names_the_closed_times_that_guests_have_booked(
    app: Application, business: Business
) -> None:
    await added(app, business)
    first, second, *_ = [slot for slot, *_ in await slots_of(app)]
    await book(app, business, second, party=3)
    done = await imported(app, business, calendar("20270614"))
    assert [(slot.slot_id, slot.booked) for slot in done.slots_with_bookings] == [(second, 3)]
    assert first != second
    again = await imported(app, business, calendar("20270614", "20270616"))
    assert again.slots_with_bookings == (), "the owner is told once"


async def test_a_preview_is_taken_back_with_its_events(
    app: Application, business: Business
) -> None:
    await added(app, business)
    venue_id = VenueId(business.offering.venue_id)
    report = await app.read_calendar_file(business.org_id, venue_id, PAUSES)
    closures = [found.closure for found in report.closures]
    shown = await commit(
        app,
        app.scheduling.import_closures.preview,
        business.org_id,
        venue_id,
        closures,
        context=STAFF,
    )
    assert (shown.added, shown.offerings[0].closed) == (2, 13)
    assert {state for *_, state, _ in await slots_of(app)} == {"open"}
    assert await events_of(app, "ClosuresImported") == []


async def test_a_bad_calendar_changes_nothing(app: Application, business: Business) -> None:
    await added(app, business)
    await imported(app, business, calendar("20270614"))
    with pytest.raises(CalendarInvalid):
        await imported(app, business, calendar("20271399"))
    with pytest.raises(InvalidInput):
        await imported(app, business, calendar(), calendar="Not a name")
    assert [reason for *_, reason in await slots_of(app)][:3] == ["Fair", "Fair", ""]

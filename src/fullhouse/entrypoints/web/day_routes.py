"""Pages of the day: the run sheet with its stream, and the calendar with its slots."""

from collections.abc import Sequence

from fullhouse.booking.reads.run_sheet_changes import SheetState
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.admin.booking_acts import BookingActs
from fullhouse.entrypoints.web.admin.calendar_slots import SlotPages
from fullhouse.entrypoints.web.dispatch import PageRoute, get, post
from fullhouse.entrypoints.web.limits import SHEET_SECONDS
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.pages.arrivals import Arrivals
from fullhouse.entrypoints.web.pages.calendar import CalendarPages
from fullhouse.entrypoints.web.pages.live_access import MemberAccess
from fullhouse.entrypoints.web.pages.live_sheet import LiveSheet
from fullhouse.entrypoints.web.pages.run_sheet import RunSheetPages
from fullhouse.entrypoints.web.pages.staff_bookings import StaffBookings
from fullhouse.entrypoints.web.pages.ticket_scan import TicketScan
from fullhouse.http.live_feeds import LiveFeeds
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.context import Permission


def run_sheet_routes(
    app: Application,
    arrivals: Arrivals,
    navigation: Navigation,
    *,
    sessions: AccountSessions,
    shutdown: ShutdownSignal,
) -> Sequence[PageRoute]:
    sheets = RunSheetPages(
        app.database,
        arrivals,
        TicketScan(app.booking.admit_ticket, app.bookings),
        StaffBookings(app.booking.book_for_caller, app.ids),
        app.booking.cancel_booking,
        navigation,
    )
    feeds = LiveFeeds[SheetState](shutdown, again_seconds=SHEET_SECONDS)
    live = LiveSheet(sheets, MemberAccess(sessions, Permission.VIEW_BOOKINGS), app.changes, feeds)
    path = "/admin/{org}/today"
    return (
        get(path, sheets.today, Permission.VIEW_BOOKINGS),
        post(path, sheets.record, Permission.CHANGE_BOOKINGS),
        post(f"{path}/scan", sheets.scan, Permission.CHANGE_BOOKINGS),
        post(f"{path}/book", sheets.book, Permission.CHANGE_BOOKINGS),
        get(f"{path}/live", live.stream, Permission.VIEW_BOOKINGS),
    )


def calendar_routes(
    app: Application, acts: BookingActs, navigation: Navigation
) -> Sequence[PageRoute]:
    calendar = CalendarPages(app.database, navigation)
    slots = SlotPages(
        unit_of_work=app.unit_of_work,
        navigation=navigation,
        staff_bookings=StaffBookings(app.booking.book_for_caller, app.ids),
        acts=acts,
        set_capacity=app.booking.set_capacity,
        move_booking=app.booking.move_booking,
        close_slot=app.scheduling.close_slot,
        open_slot=app.scheduling.open_slot,
    )
    path = "/admin/{org}/calendar"
    slot = f"{path}/slots/{{slot}}"
    return (
        get(path, calendar.calendar, Permission.VIEW_BOOKINGS),
        get(slot, slots.show, Permission.VIEW_BOOKINGS),
        post(f"{slot}/book", slots.book, Permission.CHANGE_BOOKINGS),
        post(f"{slot}/move", slots.move, Permission.CHANGE_BOOKINGS),
        post(f"{slot}/undo", slots.undo, Permission.CHANGE_BOOKINGS),
        post(f"{slot}/close", slots.close, Permission.MANAGE_OFFERINGS),
        post(f"{slot}/open", slots.open, Permission.MANAGE_OFFERINGS),
        post(f"{slot}/capacity", slots.change_capacity, Permission.MANAGE_OFFERINGS),
    )

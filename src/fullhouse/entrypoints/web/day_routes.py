"""Pages of the day: the run sheet with its stream."""

from collections.abc import Sequence

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.live_feeds import LiveFeeds
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.dispatch import PageRoute, get, post
from fullhouse.entrypoints.web.limits import SHEET_SECONDS
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.pages.arrivals import Arrivals
from fullhouse.entrypoints.web.pages.live_sheet import LiveSheet
from fullhouse.entrypoints.web.pages.run_sheet import RunSheetPages
from fullhouse.entrypoints.web.pages.staff_bookings import StaffBookings
from fullhouse.entrypoints.web.pages.ticket_scan import TicketScan
from fullhouse.entrypoints.web.sheet_changes import SheetState
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
        TicketScan(arrivals),
        StaffBookings(app.booking.place_booking, app.ids),
        app.booking.cancel_booking,
        navigation,
    )
    feeds = LiveFeeds[SheetState](shutdown, again_seconds=SHEET_SECONDS)
    live = LiveSheet(sheets, sessions, app.changes, feeds)
    path = "/admin/{org}/today"
    return (
        get(path, sheets.today, Permission.VIEW_BOOKINGS),
        post(path, sheets.record, Permission.CHANGE_BOOKINGS),
        post(f"{path}/scan", sheets.scan, Permission.CHANGE_BOOKINGS),
        post(f"{path}/book", sheets.book, Permission.CHANGE_BOOKINGS),
        get(f"{path}/live", live.stream, Permission.VIEW_BOOKINGS),
    )

"""The operations of the API, each resource with the actions and reads that it uses."""

from collections.abc import Sequence

from fullhouse.booking.model.urls import SignedUrls
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.api.availability import AvailabilityResource
from fullhouse.entrypoints.api.bookings import BookingsResource
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.changes import Actions, Changes
from fullhouse.entrypoints.api.closures import Closures
from fullhouse.entrypoints.api.finding import Finding
from fullhouse.entrypoints.api.history import History
from fullhouse.entrypoints.api.holds import Holds
from fullhouse.entrypoints.api.live import Live
from fullhouse.entrypoints.api.offerings import Offerings
from fullhouse.entrypoints.api.operation import Operation, Resource
from fullhouse.entrypoints.api.regions import DefaultPhoneRegion
from fullhouse.entrypoints.api.schedules import Schedules
from fullhouse.entrypoints.api.showing import Showing
from fullhouse.entrypoints.api.slots import Slots
from fullhouse.entrypoints.api.venues import Venues
from fullhouse.entrypoints.api.waiting_list import WaitingList
from fullhouse.entrypoints.api.writes import Writes
from fullhouse.entrypoints.http.shutdown import ShutdownSignal
from fullhouse.entrypoints.security.access import AccessControl


def api_operations(
    app: Application, *, access: AccessControl, shutdown: ShutdownSignal
) -> Sequence[Operation]:
    """All operations."""
    callers = Callers(access)
    resources = (
        *_guests(app, callers, shutdown),
        *_bookings(app, callers),
        *_owners(app, callers),
    )
    return [operation for resource in resources for operation in resource.operations()]


def _guests(app: Application, callers: Callers, shutdown: ShutdownSignal) -> Sequence[Resource]:
    verbs, known = app.booking, (app.catalogue, app.availability)
    return (
        Offerings(
            callers=callers,
            database=app.database,
            catalogue=app.catalogue,
            save_offering=verbs.save_offering,
            writes=Writes(app.unit_of_work),
            ids=app.ids,
        ),
        AvailabilityResource(callers, *known, app.clock),
        Live(callers, *known, app.changes, app.clock, shutdown),
        WaitingList(
            callers,
            verbs.join_waiting_list,
            verbs.leave_waiting_list,
            DefaultPhoneRegion(app.database),
        ),
    )


def _bookings(app: Application, callers: Callers) -> Sequence[Resource]:
    verbs = app.booking
    urls = SignedUrls(app.tokens, app.settings.base_url)
    showing, finding = Showing(urls), Finding(callers, app.bookings, urls)
    actions = Actions(
        cancel=verbs.cancel_booking,
        move=verbs.move_booking,
        check_in=verbs.check_in,
        no_show=verbs.mark_no_show,
        restore=verbs.restore_booking,
        undo_check_in=verbs.undo_check_in,
    )
    return (
        Holds(callers, verbs.place_hold, verbs.release_hold, showing),
        BookingsResource(
            callers=callers,
            finding=finding,
            place_booking=verbs.place_booking,
            confirm_hold=verbs.confirm_hold,
            bookings=app.bookings,
            catalogue=app.catalogue,
            database=app.database,
            clock=app.clock,
            showing=showing,
            regions=DefaultPhoneRegion(app.database),
        ),
        Changes(finding, actions, showing),
        History(finding, app.bookings),
    )


def _owners(app: Application, callers: Callers) -> Sequence[Resource]:
    verbs, database, clock = app.scheduling, app.database, app.clock
    writes = Writes(app.unit_of_work)
    return (
        Venues(callers, database, writes, app.people.add_venue),
        Schedules(
            callers=callers,
            database=database,
            catalogue=app.catalogue,
            add_schedule=verbs.add_schedule,
            change_schedule=verbs.change_schedule,
            end_schedule=verbs.end_schedule,
            writes=writes,
        ),
        Closures(
            callers=callers,
            database=database,
            clock=clock,
            close_venue=verbs.close_venue,
            reopen_venue=verbs.reopen_venue,
            import_closures=verbs.import_closures,
            writes=writes,
        ),
        Slots(callers, database, clock, app.booking.set_capacity),
    )

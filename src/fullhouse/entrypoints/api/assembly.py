"""The operations of the API, each resource with the actions and reads that it uses."""

from collections.abc import Sequence

from fullhouse.booking.model.urls import SignedUrls
from fullhouse.bootstrap.application import House
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
from fullhouse.entrypoints.api.regions import Regions
from fullhouse.entrypoints.api.schedules import Schedules
from fullhouse.entrypoints.api.showing import Showing
from fullhouse.entrypoints.api.slots import Slots
from fullhouse.entrypoints.api.venues import Venues
from fullhouse.entrypoints.api.waiting_list import WaitingList
from fullhouse.entrypoints.api.writes import Writes
from fullhouse.entrypoints.http.shutdown import ShutdownSignal
from fullhouse.entrypoints.security.access import AccessControl


def api_operations(
    house: House, *, access: AccessControl, shutdown: ShutdownSignal
) -> Sequence[Operation]:
    """All operations."""
    callers = Callers(access)
    resources = (
        *_guests(house, callers, shutdown),
        *_bookings(house, callers),
        *_owners(house, callers),
    )
    return [operation for resource in resources for operation in resource.operations()]


def _guests(house: House, callers: Callers, shutdown: ShutdownSignal) -> Sequence[Resource]:
    verbs, known = house.booking, (house.catalogue, house.availability)
    return (
        Offerings(
            callers=callers,
            database=house.database,
            catalogue=house.catalogue,
            save_offering=verbs.save_offering,
            writes=Writes(house.unit_of_work),
            ids=house.ids,
        ),
        AvailabilityResource(callers, *known, house.clock),
        Live(callers, *known, house.changes, house.clock, shutdown),
        WaitingList(
            callers, verbs.join_waiting_list, verbs.leave_waiting_list, Regions(house.database)
        ),
    )


def _bookings(house: House, callers: Callers) -> Sequence[Resource]:
    verbs = house.booking
    urls = SignedUrls(house.tokens, house.settings.base_url)
    showing, finding = Showing(urls), Finding(callers, house.bookings, urls)
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
            bookings=house.bookings,
            catalogue=house.catalogue,
            database=house.database,
            clock=house.clock,
            showing=showing,
            regions=Regions(house.database),
        ),
        Changes(finding, actions, showing),
        History(finding, house.bookings),
    )


def _owners(house: House, callers: Callers) -> Sequence[Resource]:
    verbs, database, clock = house.scheduling, house.database, house.clock
    writes = Writes(house.unit_of_work)
    return (
        Venues(callers, database, writes, house.people.add_venue),
        Schedules(
            callers=callers,
            database=database,
            catalogue=house.catalogue,
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
        Slots(callers, database, clock, house.booking.set_capacity),
    )

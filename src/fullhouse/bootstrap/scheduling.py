"""The wiring of scheduling."""

from dataclasses import dataclass

from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.bootstrap.dependencies import Core
from fullhouse.concurrency.bulkhead import Bulkhead
from fullhouse.people.actions.add_account import AddAccount
from fullhouse.people.actions.add_venue import AddVenue
from fullhouse.people.actions.change_venue import ChangeVenueDetails
from fullhouse.people.actions.create_organisation import CreateOrganisation
from fullhouse.people.actions.grant_role import GrantRole
from fullhouse.people.actions.set_password import SetPassword
from fullhouse.scheduling.actions.add_schedule import AddSchedule
from fullhouse.scheduling.actions.change_schedule import ChangeSchedule
from fullhouse.scheduling.actions.change_venue import ChangeVenue
from fullhouse.scheduling.actions.close_slot import CloseSlot, ReopenSlot
from fullhouse.scheduling.actions.close_venue import CloseVenue
from fullhouse.scheduling.actions.end_schedule import EndSchedule
from fullhouse.scheduling.actions.import_closures import ImportClosures
from fullhouse.scheduling.actions.materialise_slots import MaterialiseSlots
from fullhouse.scheduling.actions.read_calendar_file import ReadCalendarFile
from fullhouse.scheduling.actions.reopen_venue import ReopenVenue
from fullhouse.scheduling.actions.set_up_business import SetUpBusiness
from fullhouse.scheduling.limits import (
    CALENDAR_FILES_READ_AT_ONCE_MAX,
    CALENDAR_FILES_WAITING_MAX,
)
from fullhouse.scheduling.materialisation import materialise
from fullhouse.scheduling.metrics import CalendarFileMetrics


@dataclass(frozen=True, slots=True)
class SchedulingActions:
    """Every verb of scheduling."""

    add_schedule: AddSchedule
    change_schedule: ChangeSchedule
    end_schedule: EndSchedule
    change_venue: ChangeVenue
    close_venue: CloseVenue
    close_slot: CloseSlot
    open_slot: ReopenSlot
    reopen_venue: ReopenVenue
    import_closures: ImportClosures
    materialise_slots: MaterialiseSlots
    set_up_business: SetUpBusiness


def build_scheduling(core: Core) -> SchedulingActions:
    close, reopen = CloseVenue(core.ids), ReopenVenue()
    return SchedulingActions(
        add_schedule=AddSchedule(core.ids),
        change_schedule=ChangeSchedule(),
        end_schedule=EndSchedule(),
        change_venue=ChangeVenue(ChangeVenueDetails()),
        close_venue=close,
        close_slot=CloseSlot(close),
        open_slot=ReopenSlot(reopen),
        reopen_venue=reopen,
        import_closures=ImportClosures(core.ids),
        materialise_slots=MaterialiseSlots(core.unit_of_work),
        set_up_business=SetUpBusiness(
            create_organisation=CreateOrganisation(),
            add_venue=AddVenue(core.ids),
            add_account=AddAccount(core.ids),
            grant_role=GrantRole(core.ids),
            set_password=SetPassword(),
            save_offering=SaveOffering(materialise),
            add_schedule=AddSchedule(core.ids),
            ids=core.ids,
        ),
    )


def build_calendar_reader(core: Core, metrics: CalendarFileMetrics) -> ReadCalendarFile:
    """One for a process: it bounds how many files are read at the same time."""
    bulkhead = Bulkhead(
        CALENDAR_FILES_READ_AT_ONCE_MAX, waiters_max=CALENDAR_FILES_WAITING_MAX, clock=core.clock
    )
    return ReadCalendarFile(core.database, core.clock, bulkhead, metrics)

"""A season that never runs out: a later start of the demo lets its schedules reach on."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from fullhouse.booking.model.requests import Caller
from fullhouse.bootstrap import House
from fullhouse.entrypoints.demo import farm
from fullhouse.people.events import BY_OPERATOR
from fullhouse.people.model import Organisation
from fullhouse.people.reads.organisations import venues
from fullhouse.scheduling.actions.change_schedule import ChangeSchedule
from fullhouse.scheduling.reads.schedules import schedules_of_offering


async def let_the_season_go_on(house: House, garden: Organisation) -> int:
    """Lets the farm's schedules reach six weeks ahead again; how many had to be changed.

    What somebody has changed by hand in the meantime is left as they want it.
    """
    async with house.database.session() as session:
        (venue, *_) = await venues(session, garden.org_id)
    today = house.clock.now().astimezone(ZoneInfo(venue.zone)).date()
    last_day = today + timedelta(days=farm.SEASON_DAYS - 1)
    change = ChangeSchedule(house.database, house.clock)
    caller = Caller(BY_OPERATOR, house.ids.uuid())
    changed = 0
    for offering in farm.offerings(garden.org_id, venue.venue_id):
        async with house.database.session() as session:
            schedules = await schedules_of_offering(session, garden.org_id, offering.offering_id)
        for schedule in schedules:
            rhythm = farm.rhythm_of(offering.slug, schedule.rule)
            if rhythm is None:
                continue
            shape = rhythm.shape(schedule.starts_at.date(), last_day)
            if schedule.rule != shape.rule:
                await change(garden.org_id, schedule.schedule_id, shape, caller=caller)
                changed += 1
    return changed

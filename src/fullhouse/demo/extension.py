"""Extension of the demo season: a later start extends the schedules to six weeks ahead."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from fullhouse.bootstrap.application import Application
from fullhouse.demo import farm
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.people.model import Organisation
from fullhouse.people.reads.organisations import venues
from fullhouse.scheduling.reads.schedules import schedules_of_offering


async def extend_season(app: Application, garden: Organisation) -> int:
    """Extend the schedules of the farm to six weeks ahead; returns the number of changed ones.

    Schedules that were changed by hand are left alone.
    """
    async with app.database.session() as session:
        (venue, *_) = await venues(session, garden.org_id)
    today = app.clock.now().astimezone(ZoneInfo(venue.zone)).date()
    last_day = today + timedelta(days=farm.SEASON_DAYS - 1)
    context = RequestContext(OPERATOR, app.ids.uuid())
    changed = 0
    for offering in farm.offerings(garden.org_id, venue.venue_id):
        async with app.database.session() as session:
            schedules = await schedules_of_offering(session, garden.org_id, offering.offering_id)
        for schedule in schedules:
            pattern = farm.pattern_of(offering.slug, schedule.rule)
            if pattern is None:
                continue
            shape = pattern.shape(schedule.starts_at.date(), last_day)
            if schedule.rule != shape.rule:
                async with app.unit_of_work(context, garden.org_id) as uow:
                    await app.scheduling.change_schedule(uow, schedule.schedule_id, shape)
                changed += 1
    return changed

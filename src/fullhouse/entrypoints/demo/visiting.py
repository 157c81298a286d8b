"""Visiting the demo: what is printed when it starts, and a season that never runs out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.booking.actions.change_schedule import ChangeSchedule
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.reads.schedules import schedules_of_offering
from fullhouse.bootstrap import House
from fullhouse.entrypoints.demo import farm
from fullhouse.people.actions.issue_api_key import IssueApiKey
from fullhouse.people.actions.issue_sign_in_link import IssueSignInLink
from fullhouse.people.actions.revoke_api_key import RevokeApiKey
from fullhouse.people.events import BY_OPERATOR
from fullhouse.people.model import Organisation
from fullhouse.people.reads.keys import api_keys
from fullhouse.people.reads.organisations import venues

_PERSON: Final = "Rosa"
_KEY: Final = "Demo"


@dataclass(frozen=True, slots=True)
class DemoAddresses:
    """Where to look, each a path on this installation; the link signs in once."""

    garden: str
    morning: str
    sign_in: str
    today: str
    api: str
    api_key: str


async def demo_addresses(house: House, garden: Organisation) -> DemoAddresses:
    """A fresh sign-in link and API key, since neither is kept; the last start's key ends."""
    database, clock, ids = house.database, house.clock, house.ids
    link = await IssueSignInLink(database, clock, ids)(garden.org_id, person=_PERSON)
    async with database.session() as session:
        known = await api_keys(session, garden.org_id)
    for key in known:
        if key.name == _KEY and key.revoked_at is None:
            await RevokeApiKey(database, clock, ids)(garden.org_id, key.key_id)
    issued = await IssueApiKey(database, clock, ids)(garden.org_id, name=_KEY)
    return DemoAddresses(
        garden=f"/{garden.slug}",
        morning=f"/{garden.slug}/{farm.MORNING}",
        sign_in=f"/admin/enter/{link.token}",
        today=f"/admin/{garden.slug}/today",
        api=f"/api/v1/{garden.slug}/offerings",
        api_key=issued.secret,
    )


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

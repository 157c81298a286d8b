"""Seeding of the demo: create the farm, plan its season, and replay the plan through the ledger.

Every booking is made by the actions that customers use, so every consistency rule holds. Only the
time is simulated: a manual clock advances from the opening of sales to the present. The farm is
seeded once; a later start extends its season.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.actions.telling import Deed, Fact, record
from fullhouse.booking.ledger.committer import Committer
from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.requests import STAFF_PERMISSIONS, Caller
from fullhouse.bootstrap import House
from fullhouse.entrypoints.demo import farm
from fullhouse.entrypoints.demo.customers import load_customer_generator
from fullhouse.entrypoints.demo.extension import extend_season
from fullhouse.entrypoints.demo.replay import SeasonReplay
from fullhouse.entrypoints.demo.season import (
    PRESALE_DAYS,
    Moment,
    Season,
    SeasonSlot,
    plan_season,
)
from fullhouse.jobs.relay import RelayCursor
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import Ids, RandomIds, derived_id
from fullhouse.messages.reactions import messages_subscriber
from fullhouse.people.actions.add_venue import AddVenue
from fullhouse.people.actions.create_organisation import CreateOrganisation
from fullhouse.people.events import BY_OPERATOR
from fullhouse.people.model import Organisation, Venue
from fullhouse.people.reads.organisations import organisation_by_slug, venues
from fullhouse.scheduling.actions.add_schedule import AddSchedule
from fullhouse.scheduling.actions.close_venue import CloseVenue
from fullhouse.scheduling.model.wall_time import instant_from
from fullhouse.scheduling.reads.schedules import closures_ahead, schedules_of_offering

SEED: Final = 2027
NOTIFIED_BOOKINGS: Final = 12
"""The number of latest bookings that are notified; earlier ones send no e-mail."""

_OPENS_AT: Final = time(9)
_SEEDED: Final = "DemoSeeded"

OnProgress = Callable[[int, int], None]
"""Called with the number of replayed moments and the number of all moments."""


def ignore_progress(_done: int, _total: int) -> None:
    """The default for callers that show no progress."""


async def seed_demo(
    house: House, *, seed: int = SEED, on_progress: OnProgress = ignore_progress
) -> Organisation:
    """Create and fill the demo farm; a repeated call only extends its season.

    The same seed and the same instant give the same season.
    """
    garden = await _find_organisation(house)
    if garden is None or not await _is_seeded(house, garden):
        zone = ZoneInfo(farm.FARM.zone)
        now = house.clock.now()
        today = now.astimezone(zone).date()
        opened = datetime.combine(today - timedelta(days=PRESALE_DAYS), _OPENS_AT)
        clock = ManualClock(min(instant_from(opened, zone), now))
        garden = await DemoSeeder(house, clock, seed).run(garden, today, on_progress)
    else:
        await extend_season(house, garden)
    return garden


async def _find_organisation(house: House) -> Organisation | None:
    async with house.database.session() as session:
        return await organisation_by_slug(session, farm.SLUG)


async def _is_seeded(house: House, garden: Organisation) -> bool:
    async with house.database.session() as session:
        at = await session.fetch_value(
            "booking.last_event_at",
            datetime,
            org_id=garden.org_id,
            subject=garden.org_id,
            kind=_SEEDED,
        )
    return at is not None


@dataclass(slots=True)
class DemoSeeder:
    """One run of the seeding; it continues after an interrupted one without duplicates."""

    house: House
    clock: ManualClock
    seed: int
    ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self.ids = RandomIds(self.clock, Random(self.seed))  # noqa: S311 - a demo, not a secret

    async def run(
        self, garden: Organisation | None, today: date, on_progress: OnProgress
    ) -> Organisation:
        now = self.house.clock.now()
        opened_at = self.clock.now()
        database = self.house.database
        if garden is None:
            garden = await CreateOrganisation(database, self.clock, self.ids)(farm.GARDEN)
        venue = await self._venue(garden)
        offerings = farm.offerings(garden.org_id, venue.venue_id)
        await self._create_offerings(venue, offerings, today)
        slots = await self._open_slots(offerings, today)
        season = Season(opened_at, now, ZoneInfo(venue.zone), slots, load_customer_generator())
        moments = plan_season(season, Random(self.seed))  # noqa: S311 - a demo, not a secret
        ledger = Committer(
            self.house.connect, self.clock, self.house.metrics.get(LedgerMetrics), self.ids
        )
        replay = SeasonReplay(self.house, garden, self.clock, ledger, self.seed)
        async with asyncio.TaskGroup() as group:
            group.create_task(ledger.run())
            try:
                await self._replay(replay, moments, on_progress)
            finally:
                ledger.drain()
        deed = Deed(garden.org_id, self._operator(), now)
        async with database.transaction() as session:
            facts = {"seed": self.seed, "bookings": len(replay.booked)}
            await record(session, deed, [Fact(_SEEDED, garden.org_id, facts)])
        return garden

    async def _venue(self, garden: Organisation) -> Venue:
        async with self.house.database.session() as session:
            known = await venues(session, garden.org_id)
        if known:
            return known[0]
        return await AddVenue(self.house.database, self.clock, self.ids)(garden.org_id, farm.FARM)

    async def _create_offerings(
        self, venue: Venue, offerings: tuple[Offering, ...], today: date
    ) -> None:
        """Create the missing offerings, schedules and the closure."""
        database, caller = self.house.database, self._operator()
        save = SaveOffering(database, self.clock)
        add_schedule = AddSchedule(database, self.clock, self.ids)
        for offering in offerings:
            await save(offering, caller=caller)
            async with database.session() as session:
                known = await schedules_of_offering(session, venue.org_id, offering.offering_id)
            existing = [farm.pattern_of(offering.slug, schedule.rule) for schedule in known]
            for pattern in farm.SCHEDULE_PATTERNS[offering.slug]:
                if pattern in existing:
                    continue
                shape = pattern.shape(today, today + timedelta(days=farm.SEASON_DAYS - 1))
                await add_schedule(offering.org_id, offering.offering_id, shape, caller=caller)
        wedding = farm.wedding(today)
        async with database.session() as session:
            closed = await closures_ahead(
                session, venue.org_id, venue.venue_id, first=wedding.starts_at
            )
        if not closed:
            close = CloseVenue(database, self.clock, self.ids)
            await close(venue.org_id, venue.venue_id, wedding, caller=caller)

    async def _open_slots(
        self, offerings: tuple[Offering, ...], today: date
    ) -> tuple[SeasonSlot, ...]:
        zone = ZoneInfo(farm.FARM.zone)
        first = instant_from(datetime.combine(today, time()), zone)
        last = first + timedelta(days=farm.SEASON_DAYS + 1)
        return tuple(
            [
                SeasonSlot(
                    slot_id=slot.slot_id,
                    offering=offering.slug,
                    starts_at=slot.starts_at,
                    ends_at=slot.ends_at,
                    capacity=slot.capacity,
                    party_min=offering.party_min,
                    party_max=offering.party_max,
                    book_until=offering.books_until(slot.starts_at),
                )
                for offering in offerings
                for slot in (await self.house.availability.between(offering, first, last)).slots
                if slot.state == "open"
            ]
        )

    async def _replay(
        self, replay: SeasonReplay, moments: tuple[Moment, ...], on_progress: OnProgress
    ) -> None:
        history_skipped = False
        left = sum(len(moment.books) for moment in moments)
        for number, moment in enumerate(moments):
            if not history_skipped and left - len(moment.books) < NOTIFIED_BOOKINGS:
                history_skipped = True
                await self._skip_notifications()
            left -= len(moment.books)
            self.clock.advance(max(moment.at - self.clock.now(), timedelta()))
            await replay.run_moment(moment)
            on_progress(number + 1, len(moments))

    async def _skip_notifications(self) -> None:
        """Move the cursor of the messages past all events so far, so that they send no e-mail.

        Only when no cursor exists yet: on other installations e-mails may be under way.
        """
        async with self.house.database.transaction() as session:
            subscriber = messages_subscriber().name
            newest = await session.fetch_one("jobs.newest_event", RelayCursor)
            if newest is not None and await session.execute(
                "jobs.create_cursor", subscriber=subscriber
            ):
                await session.execute(
                    "jobs.move_cursor", subscriber=subscriber, xid=newest.xid, seq=newest.seq
                )

    def _operator(self) -> Caller:
        return Caller(
            BY_OPERATOR, derived_id("demo", str(self.seed)), permissions=STAFF_PERMISSIONS
        )

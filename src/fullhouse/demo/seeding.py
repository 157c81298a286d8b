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

from fullhouse.booking.ledger.committer import Committer
from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.booking.model.offering import Offering
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.dependencies import Core
from fullhouse.bootstrap.people import PeopleActions, build_people
from fullhouse.bootstrap.scheduling import SchedulingActions, build_scheduling
from fullhouse.demo import farm
from fullhouse.demo.customers import load_customer_generator
from fullhouse.demo.extension import extend_season
from fullhouse.demo.ratings import rate_visits
from fullhouse.demo.replay import SeasonReplay
from fullhouse.demo.season import (
    PRESALE_DAYS,
    Moment,
    Season,
    SeasonSlot,
    plan_season,
)
from fullhouse.demo.sign_ins import grant_demo_role
from fullhouse.jobs.event_positions import EventPosition
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import Ids, OrgId, RandomIds, derived_id
from fullhouse.messages.reactions import messages_subscriber
from fullhouse.people.model import Organisation, Venue
from fullhouse.people.model.roles import account_principal
from fullhouse.people.reads.organisations import organisation_by_slug, venues
from fullhouse.scheduling.model.wall_time import instant_from
from fullhouse.scheduling.reads.closures import closures_ahead
from fullhouse.scheduling.reads.schedules import schedules_of_offering
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

SEED: Final = 2027
NOTIFIED_BOOKINGS: Final = 12
"""The number of latest bookings that are notified; earlier ones send no e-mail."""

_OPENS_AT: Final = time(9)

OnProgress = Callable[[int, int], None]
"""Called with the number of replayed moments and the number of all moments."""


def ignore_progress(_done: int, _total: int) -> None:
    """The default for callers that show no progress."""


class DemoSeeded(Event, frozen=True):
    """The demo organisation is complete; the subject is the organisation."""

    seed: int
    bookings: int


async def seed_demo(
    app: Application, *, seed: int = SEED, on_progress: OnProgress = ignore_progress
) -> Organisation:
    """Create and fill the demo farm; a repeated call only extends its season.

    The same seed and the same instant give the same season.
    """
    garden = await _find_organisation(app)
    if garden is None or not await _is_seeded(app, garden):
        zone = ZoneInfo(farm.FARM.zone)
        now = app.clock.now()
        today = now.astimezone(zone).date()
        opened = datetime.combine(today - timedelta(days=PRESALE_DAYS), _OPENS_AT)
        clock = ManualClock(min(instant_from(opened, zone), now))
        garden = await DemoSeeder(app, clock, seed).run(garden, today, on_progress)
    else:
        await extend_season(app, garden)
    return garden


async def _find_organisation(app: Application) -> Organisation | None:
    async with app.database.session() as session:
        return await organisation_by_slug(session, farm.SLUG)


async def _is_seeded(app: Application, garden: Organisation) -> bool:
    async with app.database.session() as session:
        at = await session.fetch_value(
            "booking.last_event",
            datetime,
            org_id=garden.org_id,
            subject=garden.org_id,
            kind=DemoSeeded.kind(),
        )
    return at is not None


@dataclass(slots=True)
class DemoSeeder:
    """One run of the seeding; it continues after an interrupted one without duplicates."""

    app: Application
    clock: ManualClock
    seed: int
    ids: Ids = field(init=False)
    unit_of_work: UnitOfWorkFactory = field(init=False)
    people: PeopleActions = field(init=False)
    scheduling: SchedulingActions = field(init=False)

    def __post_init__(self) -> None:
        self.ids = RandomIds(self.clock, Random(self.seed))  # noqa: S311 - a demo, not a secret

    async def run(
        self, garden: Organisation | None, today: date, on_progress: OnProgress
    ) -> Organisation:
        now = self.app.clock.now()
        opened_at = self.clock.now()
        core = Core(self.app.database, self.clock, self.ids)
        self.unit_of_work = core.unit_of_work
        self.people, self.scheduling = build_people(core), build_scheduling(core)
        if garden is None:
            async with self.unit_of_work(self._operator(), OrgId(self.ids.uuid())) as uow:
                garden = await self.people.create_organisation(uow, farm.GARDEN)
        venue = await self._venue(garden)
        offerings = farm.offerings(garden.org_id, venue.venue_id)
        await self._create_offerings(venue, offerings, today)
        slots = await self._open_slots(offerings, today)
        season = Season(opened_at, now, ZoneInfo(venue.zone), slots, load_customer_generator())
        moments = plan_season(season, Random(self.seed))  # noqa: S311 - a demo, not a secret
        ledger = Committer(
            self.app.connect, self.clock, self.app.metrics.get(LedgerMetrics), self.ids
        )
        async with self.unit_of_work(self._operator(), garden.org_id) as uow:
            account_id = await grant_demo_role(uow, self.people, name=farm.OWNER, role="owner")
        replay = SeasonReplay(
            app=self.app,
            garden=garden,
            clock=self.clock,
            ledger=ledger,
            seed=self.seed,
            staff=account_principal(account_id, "owner"),
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(ledger.run())
            try:
                await self._replay(replay, moments, on_progress)
                self.clock.advance(max(now - self.clock.now(), timedelta()))
                await replay.release_places()
            finally:
                ledger.drain()
        await rate_visits(self.unit_of_work, garden, replay.came(moments), seed=self.seed)
        async with self.app.unit_of_work(self._operator(), garden.org_id) as uow:
            uow.record(garden.org_id, DemoSeeded(seed=self.seed, bookings=len(replay.booked)))
        return garden

    async def _venue(self, garden: Organisation) -> Venue:
        async with self.app.database.session() as session:
            known = await venues(session, garden.org_id)
        if known:
            return known[0]
        async with self.unit_of_work(self._operator(), garden.org_id) as uow:
            return await self.people.add_venue(uow, farm.FARM)

    async def _create_offerings(
        self, venue: Venue, offerings: tuple[Offering, ...], today: date
    ) -> None:
        """Create the missing offerings, schedules and the closure."""
        database, context, org_id = self.app.database, self._operator(), venue.org_id
        for offering in offerings:
            async with self.unit_of_work(context, org_id) as uow:
                await self.app.booking.save_offering(uow, offering)
            async with database.session() as session:
                known = await schedules_of_offering(session, venue.org_id, offering.offering_id)
            existing = [farm.pattern_of(offering.slug, schedule.rule) for schedule in known]
            for pattern in farm.SCHEDULE_PATTERNS[offering.slug]:
                if pattern in existing:
                    continue
                shape = pattern.shape(today, today + timedelta(days=farm.SEASON_DAYS - 1))
                async with self.unit_of_work(context, org_id) as uow:
                    await self.scheduling.add_schedule(uow, offering.offering_id, shape)
        wedding = farm.wedding(today)
        async with database.session() as session:
            closed = await closures_ahead(
                session, venue.org_id, venue.venue_id, now=self.clock.now()
            )
        if not closed:
            async with self.unit_of_work(context, org_id) as uow:
                await self.scheduling.close_venue(uow, venue.venue_id, wedding)

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
                for slot in (await self.app.availability.between(offering, first, last)).slots
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
        async with self.app.database.unrestricted.transaction() as session:
            subscriber = messages_subscriber().name
            newest = await session.fetch_one("jobs.newest_event", EventPosition)
            if newest is not None and await session.execute(
                "jobs.create_cursor", subscriber=subscriber
            ):
                await session.execute(
                    "jobs.move_cursor", subscriber=subscriber, xid=newest.xid, seq=newest.seq
                )

    def _operator(self) -> RequestContext:
        return RequestContext(OPERATOR, derived_id("demo", str(self.seed)))

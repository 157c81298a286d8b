"""Reads of the pages of one offering: the offering with its venue, and its calendar."""

import asyncio
from datetime import date, timedelta
from typing import Final

import msgspec

from fullhouse.booking.availability.availability import Availability
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.picture import OfferingPicture
from fullhouse.booking.model.price_categories import (
    CategoryGuests,
    GivenGuests,
    guests_sold,
    numbers_of,
)
from fullhouse.booking.model.typed_guests import guests_query, read_typed_guests
from fullhouse.booking.model.urls import OfferingUrls, picture_path
from fullhouse.booking.party_availability import (
    WEEKS_SHOWN_MIN,
    AvailabilityView,
    next_month,
    weeks_of,
)
from fullhouse.entrypoints.web.forms import read_party
from fullhouse.entrypoints.web.limits import CALENDAR_SLOTS_PER_TURN, PAGE_SLOTS_PER_TOKEN
from fullhouse.entrypoints.web.offering_presenter import LaterDays, OfferingPagePresenter
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import ShownPicture
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.timespan import midnight
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.people.model import Venue
from fullhouse.people.model.contact import phone_text
from fullhouse.people.model.picture import PictureSize, is_built_in_picture, is_picture_name
from fullhouse.scheduling.model.wall_text import read_date
from fullhouse.scheduling.reads.schedules import next_time

_DAYS_BEYOND_MONTH: Final = 14
"""How far past the month the next day with room is searched."""


class OfferingContext(msgspec.Struct, frozen=True):
    """An offering, its venue, and the formatter of times there."""

    offering: Offering
    venue: Venue
    formatter: LocaleFormatter


class OfferingQuery(msgspec.Struct, frozen=True):
    """The view of an offering that a guest requests; `party` may be out of bounds."""

    party: int
    day: date | None = None
    month: date | None = None
    guests: GivenGuests | None = None
    """The party by price category."""


class OfferingPageLoader(msgspec.Struct, frozen=True):
    """Loads offerings with their calendars, from caches."""

    catalogue: CachedCatalogue
    availability: Availability
    clock: Clock
    large_calendars: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)

    async def offering(self, page: PageContext, slug: str) -> OfferingContext:
        """Raises `UnknownOffering`, also for one that is not published."""
        offering = await self.catalogue.offering(page.org_id, slug)
        if not offering.published:
            raise UnknownOffering
        venue = await self.catalogue.venue(offering.org_id, offering.venue_id)
        language = page.text_language
        return OfferingContext(
            offering.in_language(language), venue.in_language(language), page.formatter(venue)
        )

    async def calendar(
        self,
        context: OfferingContext,
        *,
        month: date,
        party: int,
        guests: tuple[CategoryGuests, ...] = (),
    ) -> AvailabilityView:
        """Load the slots of a month and of the two weeks after it, at least of four weeks.

        A page with thousands of slots takes tens of milliseconds to make, so only one in a turn of
        the event loop is begun: others' requests are answered between them.
        """
        now = self.clock.now()
        first = max(month, context.formatter.today(now))
        offering, zone = context.offering, context.venue.zone
        last = max(
            next_month(month) + timedelta(days=_DAYS_BEYOND_MONTH),
            first + timedelta(weeks=WEEKS_SHOWN_MIN),
        )
        last = max(first, min(last, offering.last_day(now, zone)))
        snapshot = await self.availability.on_days(offering, first, last, zone=zone)
        if sum(len(day.slots) for day in snapshot.days) > CALENDAR_SLOTS_PER_TURN:
            async with self.large_calendars:
                await asyncio.sleep(0)
        return AvailabilityView(
            context.formatter,
            offering,
            snapshot.slots,
            party,
            now,
            snapshot.as_of if snapshot.stale else None,
            guests,
        )

    async def presenter(
        self, page: PageContext, context: OfferingContext, query: OfferingQuery
    ) -> OfferingPagePresenter:
        """Load the day of the query, else the first day with room.

        A page of many slots counts as several requests for the rate limit.
        """
        offering, now = context.offering, self.clock.now()
        today = context.formatter.today(now)
        last = offering.last_day(now, context.venue.zone)
        party = max(offering.party_min, min(query.party, offering.party_max))
        numbers = query.guests if party == query.party else None
        guests = guests_sold(offering.price_categories, numbers, party=party)
        day = query.day and max(today, min(query.day, last))
        month = (day or max(today, min(query.month or today, last))).replace(day=1)
        availability = await self.calendar(context, month=month, party=party, guests=guests)
        if day is None:
            any_month = query.month is None
            day = _first_day(availability, month, any_month=any_month)
            if day is None and any_month:
                day = (await self._days_beyond(context, availability, max(today, month))).next_day
            day = day or max(today, month)
        is_shown = query.day is None and any(day in w for w in weeks_of(availability, month))
        if not is_shown and (day.year, day.month) != (month.year, month.month):
            month = day.replace(day=1)
            availability = await self.calendar(context, month=month, party=party, guests=guests)
        later = LaterDays()
        if availability.first_day_with_room(after=day - timedelta(days=1)) is None:
            later = await self._days_beyond(context, availability, day)
        page.request.tokens = 1 + len(availability.slots) // PAGE_SLOTS_PER_TOKEN
        return OfferingPagePresenter(
            availability=availability,
            urls=OfferingUrls(
                page.organisation.slug, offering.slug, party, guests_query(numbers_of(guests))
            ),
            picture=picture_href(page, offering.picture, org=page.organisation.slug),
            pictures=tuple([shown_picture(page, one) for one in offering.more_pictures]),
            phone=phone_text(page.organisation.phone),
            day=day,
            month=month,
            last=last,
            later=later,
            requested_day=query.day,
            requested_party=query.party,
            requested_guests=query.guests,
            sends_email=page.sends_email,
        )

    async def _days_beyond(
        self, context: OfferingContext, availability: AvailabilityView, day: date
    ) -> LaterDays:
        """The next days with times; none while the database is away: no cache has them."""
        try:
            return await self._later_days(context, availability, day)
        except TransientError:
            return LaterDays()

    async def _later_days(
        self, context: OfferingContext, availability: AvailabilityView, day: date
    ) -> LaterDays:
        """The next days with times, when none of the days that were loaded has room after `day`.

        Two small queries, which only pages need that have nothing to choose.
        """
        offering, zone, now = context.offering, context.venue.zone, availability.now
        last = offering.last_day(now, zone)
        end = midnight(last + timedelta(days=1), zone)
        starts_at = await self.availability.next_with_room(
            offering, max(now, midnight(day, zone)), end, party=availability.party
        )
        if starts_at is not None:
            return LaterDays(next_day=context.formatter.local(starts_at).date())
        async with self.availability.database.session() as session:
            upcoming = await next_time(session, offering.org_id, offering.offering_id, after=end)
        if upcoming is None:
            return LaterDays()
        first_day = context.formatter.local(upcoming).date()
        opens_on = context.formatter.local(offering.opens_at(upcoming, zone)).date()
        return LaterDays(first_day=first_day, opens_on=opens_on)


def offering_query(page: PageContext, offering: Offering) -> OfferingQuery:
    """Read the query of the URL; a value that cannot be read counts as missing."""
    smallest, largest = offering.party_min, offering.party_max
    party = read_party(page.query("party"), page.query("step"), smallest=smallest, largest=largest)
    if party is None:
        party = read_party(None, None, smallest=smallest, largest=largest)
    assert party is not None
    guests = read_typed_guests(
        page.query, offering.price_categories, party=party, smallest=smallest, largest=largest
    )
    return OfferingQuery(
        party if guests is None else sum(guests.values()),
        read_date(page.query("day")),
        read_date(f"{page.query('month')}-01"),
        guests,
    )


def picture_href(
    page: PageContext, picture: str | None, *, org: str, size: PictureSize = "cover"
) -> str:
    """The URL of a picture that was sent, or of one that is built in; empty for none."""
    if not picture:
        return ""
    if is_picture_name(picture):
        return picture_path(org, picture, size)
    if is_built_in_picture(picture):
        return page.templates.asset(f"pictures/{picture.removesuffix('.svg')}.svg")
    return ""


def shown_picture(page: PageContext, picture: OfferingPicture) -> ShownPicture:
    org = page.organisation.slug
    small = picture_href(page, picture.name, org=org, size="card")
    return ShownPicture(small, picture_href(page, picture.name, org=org), picture.alt)


def _first_day(availability: AvailabilityView, month: date, *, any_month: bool) -> date | None:
    """The first day with room: of this month, or of any when the query names none."""
    day = availability.first_day_with_room()
    if day is None or (not any_month and day >= next_month(month)):
        return None
    return day

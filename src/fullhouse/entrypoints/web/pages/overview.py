"""`/admin/{org}/overview`: the first page after signing in."""

from datetime import timedelta

import msgspec

from fullhouse.booking.model.sales import YEAR, Days, shares_by_day
from fullhouse.booking.reads.sales import (
    guests_on,
    places_between,
    places_booked_on,
)
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.overview_presenter import (
    WEEK_DAYS,
    OverviewFacts,
    OverviewPresenter,
)
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Response
from fullhouse.messages.needs import need_facts
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database


class OverviewPage(msgspec.Struct, frozen=True):
    """Times are those of the organisation's first venue."""

    database: Database
    navigation: Navigation

    async def show(self, page: PageContext) -> Response:
        presenter, facts = await self._load(page)
        content = presenter.overview(facts)
        return page.render(
            "overview.html",
            content.title,
            navigation=self.navigation.links(page, "overview"),
            page=content,
        )

    async def _load(self, page: PageContext) -> tuple[OverviewPresenter, OverviewFacts]:
        org_id, now = page.org_id, page.now
        async with self.database.session() as session:
            found = await venues(session, org_id)
            formatter = page.formatter(found[0]) if found else page.utc_formatter
            today = formatter.today(now)
            days = [today, today - timedelta(weeks=1), today - YEAR]
            week = Days(today, today + timedelta(days=WEEK_DAYS - 1))
            places = await places_between(
                session, org_id, week, *(Days(day, day) for day in days[1:])
            )
            facts = OverviewFacts(
                today=today,
                guests=await guests_on(session, org_id, today),
                shares=shares_by_day(places),
                booked=await places_booked_on(session, org_id, days),
                needs=await need_facts(session, org_id, now=now, may=page.context.may),
            )
        return OverviewPresenter(page.organisation.slug, formatter, now), facts

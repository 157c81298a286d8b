"""`/admin/{org}/season`: what a span of days sells, and against the season before."""

import msgspec

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.sales import SeasonFacts, span_of
from fullhouse.booking.reads.sales import season_facts
from fullhouse.booking.season_texts import season_rows
from fullhouse.entrypoints.web.csv_file import csv_response
from fullhouse.entrypoints.web.forms import read_uuid
from fullhouse.entrypoints.web.limits import SEASON_DAYS_MAX
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.season_presenter import SeasonPresenter
from fullhouse.http.response import Response
from fullhouse.people.reads.organisations import venues
from fullhouse.scheduling.model.wall_text import read_date
from fullhouse.storage.database import Database


class SeasonPage(msgspec.Struct, frozen=True):
    """Days are those of each venue; today is that of the first."""

    database: Database
    navigation: Navigation

    async def show(self, page: PageContext) -> Response:
        presenter, facts = await self._load(page)
        content = presenter.season(facts)
        return page.render(
            "season.html",
            content.title,
            navigation=self.navigation.links(page, "season"),
            page=content,
        )

    async def csv(self, page: PageContext) -> Response:
        presenter, facts = await self._load(page)
        return csv_response(
            page, "season", season_rows(facts, presenter.formatter, presenter.currency)
        )

    async def _load(self, page: PageContext) -> tuple[SeasonPresenter, SeasonFacts]:
        org_id, chosen = page.org_id, read_uuid(page.query("offering"))
        offering_id = None if chosen is None else OfferingId(chosen)
        async with self.database.session() as session:
            found = await venues(session, org_id)
            formatter = page.formatter(found[0]) if found else page.utc_formatter
            today = formatter.today(page.now)
            first, last = read_date(page.query("from")), read_date(page.query("to"))
            span = span_of(first, last, today=today, days_max=SEASON_DAYS_MAX)
            facts = await season_facts(session, org_id, span, today=today, offering_id=offering_id)
        organisation = page.organisation
        return SeasonPresenter(organisation.slug, organisation.currency, formatter), facts

"""`/admin/{org}/calendar`: the slots of a month, a week or a day, with how full they are."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.limits import CALENDAR_SLOTS_MAX
from fullhouse.booking.model.calendar import VIEWS
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotOfDay
from fullhouse.booking.reads.calendar import DayOfSlots, days_of_slots
from fullhouse.booking.reads.run_sheets import slots_on_days
from fullhouse.entrypoints.web.calendar_presenter import CalendarChoice, CalendarPresenter
from fullhouse.entrypoints.web.forms import read_choice, read_uuid
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Response
from fullhouse.people.model import Venue
from fullhouse.people.reads.organisations import venues
from fullhouse.scheduling.model.wall_text import read_date
from fullhouse.storage.database import Database, Session


class CalendarPages(msgspec.Struct, frozen=True):
    """The calendar. Its days are those of each slot's venue, its today is the first venue's."""

    database: Database
    navigation: Navigation

    async def calendar(self, page: PageContext) -> Response:
        """Five statements, however many slots there are."""
        async with self.database.session() as session:
            presenter = calendar_presenter(page, page.request.query, await _venues(session, page))
            query = presenter.query
            offerings = await offerings_of(session, page.org_id)
            span = query.span(presenter.formatter.first_weekday)
            days = await days_of_slots(session, page.org_id, span, offering_id=_offering_id(query))
            slots = await self._slots(session, page, query, days=days, span=span)
        view = presenter.page(
            offerings, days, slots, has_too_many=query.view != "month" and bool(days) > bool(slots)
        )
        return page.render(
            "calendar.html",
            view.title,
            navigation=self.navigation.links(page, "calendar"),
            page=view,
        )

    async def _slots(
        self,
        session: Session,
        page: PageContext,
        query: CalendarChoice,
        *,
        days: Sequence[DayOfSlots],
        span: tuple[date, date],
    ) -> list[SlotOfDay]:
        """The slots one by one, where the view has them and there are not too many."""
        if query.view == "month" or sum(day.slots for day in days) > CALENDAR_SLOTS_MAX:
            return []
        return await slots_on_days(
            session, page.org_id, span, offering_id=_offering_id(query), limit=CALENDAR_SLOTS_MAX
        )


def calendar_presenter(
    page: PageContext, asked: Mapping[str, str], found: Sequence[Venue]
) -> CalendarPresenter:
    """The presenter of what a query or a form asks for; anything else is this week."""
    formatter = page.formatter(found[0]) if found else page.utc_formatter
    query = CalendarChoice(
        read_choice(asked.get("view"), VIEWS) or "week",
        read_date(asked.get("date")) or formatter.today(page.now),
        read_uuid(asked.get("offering")),
    )
    return CalendarPresenter(page.organisation.slug, formatter, page.now, query)


async def _venues(session: Session, page: PageContext) -> Sequence[Venue]:
    return await venues(session, page.org_id)


def _offering_id(query: CalendarChoice) -> OfferingId | None:
    return None if query.offering_id is None else OfferingId(query.offering_id)

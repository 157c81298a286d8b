"""`/admin/{org}/funnel`: how far guests get, by offering and by campaign."""

from collections.abc import Mapping, Sequence

import msgspec

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.funnel_texts import funnel_rows
from fullhouse.booking.model.funnel import Funnel
from fullhouse.bootstrap.funnel import read_funnels
from fullhouse.entrypoints.web.csv_file import csv_response
from fullhouse.entrypoints.web.funnel_presenter import FunnelPresenter
from fullhouse.entrypoints.web.limits import FUNNEL_SPANS
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.request import whole_number
from fullhouse.http.response import Response
from fullhouse.storage.database import Database


class FunnelPage(msgspec.Struct, frozen=True):
    """Counts alone, of the offerings of the business."""

    database: Database
    navigation: Navigation

    async def show(self, page: PageContext) -> Response:
        names, found = await self._read(page)
        presenter = FunnelPresenter(
            page.organisation.slug, page.utc_formatter, names, _days_of(page)
        )
        view = presenter.view(found)
        return page.render(
            "funnel.html",
            view.title,
            navigation=self.navigation.links(page, "funnel"),
            page=view,
        )

    async def csv(self, page: PageContext) -> Response:
        names, found = await self._read(page)
        return csv_response(page, "funnel", funnel_rows(found, names, page.translations))

    async def _read(self, page: PageContext) -> tuple[Mapping[str, str], Sequence[Funnel]]:
        async with self.database.session() as session:
            offerings = await offerings_of(session, page.org_id)
        names = {str(one.offering_id): one.name for one in offerings}
        async with self.database.unrestricted.session() as session:
            found = await read_funnels(
                session, days=_days_of(page), now=page.now, offering_ids=list(names)
            )
        return names, found


def _days_of(page: PageContext) -> int:
    """One of the spans, the second unless another is asked for."""
    asked = whole_number(page.query("days") or "")
    return asked if asked in FUNNEL_SPANS else FUNNEL_SPANS[1]

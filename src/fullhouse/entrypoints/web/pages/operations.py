"""`/admin/operations`: how the installation is, in one sentence and at a glance."""

import msgspec

from fullhouse.booking.model.urls import OPERATIONS_PATH
from fullhouse.entrypoints.web.operations_presenter import (
    OPERATIONS_PARTS,
    OperationsPresenter,
    OperationsView,
)
from fullhouse.entrypoints.web.operator_navigation import operator_navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.live_pages import LivePage, LivePages
from fullhouse.http.response import EventStream, Response
from fullhouse.observability.overview import OverviewReader


class OperationsPages(msgspec.Struct, frozen=True):
    """Needs no database to be shown."""

    overview: OverviewReader
    pages: LivePages

    async def show(self, page: PageContext) -> Response:
        view = await self._view(page)
        return page.render(
            "operations.html",
            view.title,
            page=view,
            parts=OPERATIONS_PARTS,
            navigation=operator_navigation(page.translations, OPERATIONS_PATH),
        )

    async def stream(self, page: PageContext) -> EventStream:
        live = LivePage("parts/operations.html", OPERATIONS_PARTS, self._view)
        return await self.pages.stream(page, live)

    async def _view(self, page: PageContext) -> OperationsView:
        return OperationsPresenter(page.utc_formatter, await self.overview.get(), page.now).view()

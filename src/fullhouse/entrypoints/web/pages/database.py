"""`/admin/database`: who waits for whom, what is open for long, sizes, statements, standbys."""

import msgspec

from fullhouse.booking.model.urls import DATABASE_PATH
from fullhouse.entrypoints.web.database_presenter import (
    DATABASE_PARTS,
    DatabasePresenter,
    DatabaseView,
)
from fullhouse.entrypoints.web.operator_navigation import operator_navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.live_pages import LivePage, LivePages
from fullhouse.http.response import EventStream, Response
from fullhouse.observability.database_monitor import DatabaseState
from fullhouse.observability.shared_reading import SharedReading


class DatabasePages(msgspec.Struct, frozen=True):
    """All who look share one reading; of a database that does not answer they see the last one."""

    reading: SharedReading[DatabaseState]
    pages: LivePages

    async def show(self, page: PageContext) -> Response:
        view = await self._view(page)
        return page.render(
            "database.html",
            view.title,
            page=view,
            parts=DATABASE_PARTS,
            navigation=operator_navigation(page.translations, DATABASE_PATH),
        )

    async def stream(self, page: PageContext) -> EventStream:
        live = LivePage("parts/database.html", DATABASE_PARTS, self._view)
        return await self.pages.stream(page, live)

    async def _view(self, page: PageContext) -> DatabaseView:
        state = await self.reading.get()
        is_current = not self.reading.is_failing
        return DatabasePresenter(page.utc_formatter, state, is_current).view()

"""`/admin/latency`: how long requests, queries, commits and jobs take, for the operator."""

from collections.abc import Callable

import msgspec

from fullhouse.booking.model.urls import LATENCY_PATH
from fullhouse.entrypoints.web.forms import read_choice
from fullhouse.entrypoints.web.latency_presenter import (
    LATENCY_PARTS,
    SPANS,
    LatencyPresenter,
    LatencyView,
)
from fullhouse.entrypoints.web.limits import MEASURED_NAME_CHARACTERS_MAX
from fullhouse.entrypoints.web.operator_navigation import operator_navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.live_pages import LivePage, LivePages
from fullhouse.http.response import EventStream, Response
from fullhouse.observability.latency_report import latency_report
from fullhouse.observability.objectives import Objective
from fullhouse.observability.summaries import LATENCY_SOURCES
from fullhouse.storage.database import Database


class LatencyPage(msgspec.Struct, frozen=True):
    """Reads what all processes have measured; a choice that there is not is the first."""

    database: Database
    objective_of: Callable[[str, str], Objective | None]
    pages: LivePages

    async def show(self, page: PageContext) -> Response:
        view = await self._view(page)
        return page.render(
            "latency.html",
            view.title,
            page=view,
            parts=LATENCY_PARTS,
            navigation=operator_navigation(page.translations, LATENCY_PATH),
        )

    async def stream(self, page: PageContext) -> EventStream:
        live = LivePage("parts/latency.html", LATENCY_PARTS, self._view)
        return await self.pages.stream(page, live)

    async def _view(self, page: PageContext) -> LatencyView:
        source = read_choice(page.query("of"), tuple(LATENCY_SOURCES)) or "requests"
        span = read_choice(page.query("span"), tuple(SPANS)) or "hour"
        name = (page.query("name") or "")[:MEASURED_NAME_CHARACTERS_MAX]
        async with self.database.unrestricted.session() as session:
            report = await latency_report(
                session, source, name=name, span=SPANS[span].length, now=page.now
            )
        method, _, route = name.partition(" ")
        objective = self.objective_of(method, route) if source == "requests" else None
        return LatencyPresenter(page.utc_formatter, report, span, objective).view()

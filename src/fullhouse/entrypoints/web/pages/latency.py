"""`/admin/latency`: how long requests, queries, commits and jobs take, for the operator."""

import msgspec

from fullhouse.entrypoints.web.forms import read_choice
from fullhouse.entrypoints.web.latency_presenter import SPANS, LatencyPresenter
from fullhouse.entrypoints.web.limits import MEASURED_NAME_CHARACTERS_MAX
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Response
from fullhouse.observability.latency_report import latency_report
from fullhouse.observability.summaries import LATENCY_SOURCES
from fullhouse.storage.database import Database


class LatencyPage(msgspec.Struct, frozen=True):
    """Reads what all processes have measured; a choice that there is not is the first."""

    database: Database

    async def show(self, page: PageContext) -> Response:
        source = read_choice(page.query("of"), tuple(LATENCY_SOURCES)) or "requests"
        span = read_choice(page.query("span"), tuple(SPANS)) or "hour"
        name = (page.query("name") or "")[:MEASURED_NAME_CHARACTERS_MAX]
        async with self.database.unrestricted.session() as session:
            report = await latency_report(
                session, source, name=name, span=SPANS[span].length, now=page.now
            )
        view = LatencyPresenter(page.utc_formatter, report, span).view()
        return page.render("latency.html", view.title, page=view)

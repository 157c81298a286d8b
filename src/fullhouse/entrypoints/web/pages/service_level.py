"""`/admin/service-level`: what a month was like for guests, for the operator."""

from collections.abc import Mapping
from datetime import date

import msgspec

from fullhouse.booking.model.urls import SERVICE_LEVEL_PATH
from fullhouse.entrypoints.web.csv_file import csv_response
from fullhouse.entrypoints.web.operator_navigation import operator_navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.service_level_presenter import ServiceLevelPresenter
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput
from fullhouse.observability.objectives import MeasuredRoutes
from fullhouse.observability.service_level import ServiceLevel, month_named, rows_of
from fullhouse.observability.service_level_report import service_level
from fullhouse.storage.database import Database


class ServiceLevelPage(msgspec.Struct, frozen=True):
    """A month that there is not is the present one."""

    database: Database
    routes_of: Mapping[str, MeasuredRoutes]

    async def show(self, page: PageContext) -> Response:
        view = ServiceLevelPresenter(page.utc_formatter, await self._read(page), page.now).view()
        return page.render(
            "service_level.html",
            view.title,
            page=view,
            navigation=operator_navigation(page.translations, SERVICE_LEVEL_PATH),
        )

    async def csv(self, page: PageContext) -> Response:
        level = await self._read(page)
        return csv_response(page, f"service-level-{level.month:%Y-%m}", rows_of(level))

    async def _read(self, page: PageContext) -> ServiceLevel:
        async with self.database.unrestricted.session() as session:
            return await service_level(session, _chosen(page), self.routes_of, now=page.now)


def _chosen(page: PageContext) -> date:
    try:
        chosen = month_named(page.query("month") or "")
    except InvalidInput:
        chosen = date.max
    return chosen if chosen <= page.now.date() else page.now.date().replace(day=1)

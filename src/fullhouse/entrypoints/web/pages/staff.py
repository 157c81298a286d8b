"""`/admin/{org}/today`: the run sheet of a day."""

from datetime import date
from http import HTTPStatus

import msgspec
from msgspec import structs

from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.bookings import arrivals_on
from fullhouse.entrypoints.inputs.times import read_date
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.arrivals import Arrivals, ArrivalVerb
from fullhouse.entrypoints.web.staff_presenter import RunSheetPresenter
from fullhouse.entrypoints.web.views import Link, Note, Undo
from fullhouse.http.response import Response
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database


class StaffPages(msgspec.Struct, frozen=True):
    """The hand-made pages of staff at work. Times are those of the organisation's first venue."""

    database: Database
    arrivals: Arrivals
    navigation: Navigation

    async def today(self, page: PageContext) -> Response:
        day = read_date(page.query("date"))
        return await self._run_sheet(page, day, undo_ref=page.query("undo"))

    async def record(self, page: PageContext, verb: ArrivalVerb) -> Response:
        """Record an arrival or a no-show, or undo it; then the run sheet of its day."""
        form, ref = await page.form(), page.path_parameter("ref").upper()
        day = read_date(form.get("date"))
        note = await self.arrivals.record(page, ref, verb)
        if note is not None:
            path = admin_path(page.organisation.slug, f"bookings/{ref}")
            link = Link(page.translations.gettext("Open the booking"), path)
            note = structs.replace(note, links=(link,))
            return await self._run_sheet(page, day, note=note)
        path = admin_path(
            page.organisation.slug,
            "today",
            date=day.isoformat() if day else None,
            undo=None if verb == "undo" else ref,
        )
        return page.redirect(f"{path}#p-{ref}")

    async def _presenter(self, page: PageContext) -> RunSheetPresenter:
        async with self.database.session() as session:
            found = await venues(session, page.org_id)
        formatter = page.formatter(found[0]) if found else page.utc_formatter
        return RunSheetPresenter(page.organisation.slug, formatter, self.arrivals.clock.now())

    async def _run_sheet(
        self,
        page: PageContext,
        requested: date | None,
        *,
        undo_ref: str | None = None,
        note: Note | None = None,
    ) -> Response:
        presenter = await self._presenter(page)
        day = requested or presenter.formatter.today(presenter.now)
        async with self.database.session() as session:
            arrivals = await arrivals_on(session, page.org_id, day)
        undo = await self._undo(page, presenter, undo_ref, day=day) if undo_ref else None
        content = presenter.run_sheet(day, arrivals, undo=undo, note=note)
        return page.render(
            "today.html",
            content.title,
            status=HTTPStatus.OK if note is None else HTTPStatus.CONFLICT,
            navigation=self.navigation.links(page, "today"),
            page=content,
        )

    async def _undo(
        self, page: PageContext, presenter: RunSheetPresenter, ref: str, *, day: date
    ) -> Undo | None:
        """The undo bar of a booking, within its minute."""
        view = await self.arrivals.bookings.by_ref(page.org_id, ref)
        if view is None:
            return None
        history = await self.arrivals.bookings.history(page.org_id, view.booking.booking_id)
        action = admin_path(page.organisation.slug, f"today/{ref}/undo")
        return self.arrivals.undo_bar(
            view.booking, history, presenter.formatter, action=action, day=day
        )

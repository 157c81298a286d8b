"""`/admin/{org}/calendar/slots/{slot}`: one slot, and what staff do with it."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import structs

from fullhouse.booking.actions.book_for_caller import require_open
from fullhouse.booking.actions.move_booking import MoveBooking
from fullhouse.booking.actions.set_capacity import SetCapacity
from fullhouse.booking.error_texts import ErrorContext
from fullhouse.booking.errors import (
    BookingError,
    CapacityBelowSold,
    ChangedMeanwhile,
    SlotsNotTogether,
    UnknownSlot,
)
from fullhouse.booking.limits import CAPACITY_MAX, MOVE_DAYS, MOVE_SLOTS_MAX
from fullhouse.booking.model.slot import SlotId, SlotOfDay
from fullhouse.booking.model.urls import StaffSlotUrls, admin_path
from fullhouse.booking.reads.bookings import history_of
from fullhouse.booking.reads.calendar import parties_in_slot, slot_of_day
from fullhouse.booking.reads.run_sheets import slots_on_days
from fullhouse.entrypoints.web.admin.booking_acts import BookingActs
from fullhouse.entrypoints.web.admin_actions import refusals
from fullhouse.entrypoints.web.calendar_views import SlotPanel
from fullhouse.entrypoints.web.error_notes import error_note
from fullhouse.entrypoints.web.forms import read_uuid
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.calendar import calendar_presenter
from fullhouse.entrypoints.web.pages.staff_bookings import (
    BookingAttempt,
    FormTarget,
    StaffBooking,
    StaffBookings,
    needs_insisting,
    read_staff_booking,
    staff_booking_note,
)
from fullhouse.entrypoints.web.slot_panel_presenter import SlotPanelPresenter
from fullhouse.entrypoints.web.views import Link, Note, Undo
from fullhouse.http.request import whole_number
from fullhouse.http.response import Response
from fullhouse.kernel.errors import FullhouseError, InvalidInput, VersionConflict
from fullhouse.kernel.text import one_line
from fullhouse.people.reads.organisations import venues
from fullhouse.scheduling.actions.close_slot import CloseSlot, ReopenSlot
from fullhouse.scheduling.model.closure_notices import ClosureRemedy
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_REACH: Final = timedelta(days=MOVE_DAYS)


class SlotAsked(msgspec.Struct, frozen=True):
    """The slot that a path names, as the form about it was sent."""

    page: PageContext
    form: Mapping[str, str]
    slot: SlotOfDay


class SlotPages(msgspec.Struct, frozen=True, kw_only=True):
    """The page of a slot: a plain one, which a script opens at the side of the calendar."""

    unit_of_work: UnitOfWorkFactory
    navigation: Navigation
    staff_bookings: StaffBookings
    acts: BookingActs
    set_capacity: SetCapacity
    move_booking: MoveBooking
    close_slot: CloseSlot
    open_slot: ReopenSlot

    async def show(self, page: PageContext) -> Response:
        asked = await self._asked(page, page.request.query)
        return await self._render(asked)

    async def book(self, page: PageContext) -> Response:
        """Book for a walk-in or a caller."""
        asked = await self._asked(page, await page.form())
        typed = read_staff_booking(asked.form, page, country=asked.slot.country)
        typed = await self.staff_bookings.with_guests(page, typed, asked.form, slot=asked.slot)
        if not typed.is_valid:
            return await self._render(asked, typed=typed)
        attempt = BookingAttempt(page, asked.form, typed, asked.slot)
        try:
            outcome = await self.staff_bookings.place(attempt)
        except BookingError as error:
            note = staff_booking_note(attempt, error, page.utc_formatter)
            insists = needs_insisting(error)
            return await self._render(
                asked, note=note, typed=structs.replace(typed, insists=insists)
            )
        return self._back(asked, asked.slot.slot_id, done=outcome.ref)

    async def close(self, page: PageContext) -> Response:
        """Close it, with a reason that guests read; those who have booked are told, if wanted."""
        asked = await self._asked(page, await page.form())
        reason = one_line(asked.form.get("reason", ""))
        tell: ClosureRemedy | None = "move" if asked.form.get("tell") == "yes" else None
        try:
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.close_slot(uow, asked.slot, reason=reason, tell=tell)
        except InvalidInput:
            text = page.translations.gettext("Say in a sentence why this time is closed.")
            return await self._render(asked, note=Note("warn", text))
        except BookingError as error:
            return await self._refused(asked, error)
        return self._back(asked, asked.slot.slot_id)

    async def open(self, page: PageContext) -> Response:
        """Open it again; a closure of more than this slot is taken back where it was made."""
        asked = await self._asked(page, await page.form())
        async with self.unit_of_work(page.context, page.org_id) as uow:
            opened = await self.open_slot(uow, asked.slot)
        if not opened:
            _ = page.translations.gettext
            text = _("This time is closed together with others, or is no longer on the schedule.")
            link = Link(_("Go to the offerings"), admin_path(page.organisation.slug, "offerings"))
            return await self._render(asked, note=Note("warn", text, links=(link,)))
        return self._back(asked, asked.slot.slot_id)

    async def change_capacity(self, page: PageContext) -> Response:
        """Add or take away places, unless somebody else has done so meanwhile."""
        asked = await self._asked(page, await page.form())
        _, slot = page.translations.gettext, asked.slot
        capacity = whole_number(asked.form.get("capacity", "").strip())
        if capacity is None or capacity > CAPACITY_MAX:
            text = _("Enter a number of places from 0 to %(n)s", n=CAPACITY_MAX)
            return await self._render(asked, note=Note("warn", text))
        was = whole_number(asked.form.get("was", ""))
        was = was if was is None else min(was, CAPACITY_MAX + 1)  # which no time has
        try:
            await self.set_capacity(
                page.org_id, slot.slot_id, capacity, context=page.context, expected=was
            )
        except ChangedMeanwhile:
            asked = await self._asked(page, asked.form)
            text = _(
                "Someone else has changed the places to %(n)s meanwhile.", n=asked.slot.capacity
            )
            return await self._render(asked, note=Note("warn", text, _("Please check again.")))
        except CapacityBelowSold as error:
            text = _("%(n)s places are taken already.", n=error.sold)
            more = _("Move or cancel bookings first.")
            return await self._render(asked, note=Note("warn", text, more))
        except BookingError as error:
            return await self._refused(asked, error)
        return self._back(asked, slot.slot_id)

    async def move(self, page: PageContext) -> Response:
        """Move the booking `ref` to the slot of the path, or to that which the form names."""
        form = await page.form()
        target_id = read_uuid(form.get("to")) or read_uuid(page.path_parameter("slot"))
        asked = await self._asked(page, form)
        ref = form.get("ref", "").upper()
        match = await self.acts.searches.by_ref(page.org_id, ref)
        async with self.unit_of_work.database.session() as session:
            target = await slot_of_day(session, page.org_id, target_id or asked.slot.slot_id)
        try:
            require_open(target, self.acts.clock)
            await self.move_booking(
                page.org_id,
                match.booking.booking_id,
                (target.slot_id,),
                context=page.context,
                expected_version=match.booking.version,
            )
        except SlotsNotTogether:
            text = page.translations.gettext("Choose a time of the same offering.")
            return await self._render(asked, note=Note("warn", text))
        except InvalidInput:
            text = page.translations.gettext("The booking is like that already.")
            return await self._render(asked, note=Note("warn", text))
        except VersionConflict:
            text = page.translations.gettext(
                "Someone else changed this booking at the same moment."
            )
            more = page.translations.gettext("Please check again.")
            return await self._render(asked, note=Note("warn", text, more))
        except BookingError as error:
            moved = structs.replace(match.booking, starts_at=target.starts_at)
            return await self._refused(asked, error, party=moved.party, slot=target)
        return self._back(asked, target.slot_id, done=ref)

    async def undo(self, page: PageContext) -> Response:
        """Take back the last change of a booking, within its minute: as on its own page."""
        asked = await self._asked(page, await page.form())
        ref = asked.form.get("ref", "").upper()
        (action,) = [one for one in self.acts.actions() if one.name == "undo"]
        refused = await refusals(page, action, (ref,))
        if refused:
            return await self._render(asked, note=Note("warn", " ".join(refused)))
        match = await self.acts.searches.by_ref(page.org_id, ref)
        return self._back(asked, SlotId(match.booking.slots[0]))

    async def _asked(self, page: PageContext, form: Mapping[str, str]) -> SlotAsked:
        """Raises `UnknownSlot`."""
        slot_id = read_uuid(page.path_parameter("slot"))
        if slot_id is None:
            raise UnknownSlot
        async with self.unit_of_work.database.session() as session:
            return SlotAsked(page, form, await slot_of_day(session, page.org_id, slot_id))

    def _back(self, asked: SlotAsked, slot_id: SlotId, *, done: str | None = None) -> Response:
        """The page of a slot as it is now; `done` is the booking that was just changed."""
        kept = {name: asked.form.get(name) or None for name in ("view", "date", "offering")}
        path = admin_path(
            asked.page.organisation.slug, f"calendar/slots/{slot_id}", **kept, done=done
        )
        return asked.page.redirect(path)

    async def _refused(
        self,
        asked: SlotAsked,
        error: FullhouseError,
        *,
        party: int = 1,
        slot: SlotOfDay | None = None,
    ) -> Response:
        page, about = asked.page, slot or asked.slot
        formatter = calendar_presenter(page, asked.form, ()).of_venue(about)
        urls = StaffSlotUrls(page.organisation.slug)
        context = ErrorContext(formatter, error, about.starts_at, party, urls, sends_email=False)
        return await self._render(asked, note=error_note(context))

    async def _render(
        self, asked: SlotAsked, *, note: Note | None = None, typed: StaffBooking | None = None
    ) -> Response:
        page = asked.page
        panel = structs.replace(await self._panel(asked, typed), note=note)
        is_wrong = typed is not None and not typed.is_valid
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
        return page.render(
            "calendar_slot.html",
            f"{panel.title}, {panel.offering}",
            status=HTTPStatus.CONFLICT if note is not None else status,
            navigation=self.navigation.links(page, "calendar"),
            page=panel,
        )

    async def _panel(self, asked: SlotAsked, typed: StaffBooking | None) -> SlotPanel:
        """The slot as it stands now, read by four statements, and one for its undo bar."""
        page, slot_id = asked.page, asked.slot.slot_id
        async with self.unit_of_work.database.session() as session:
            slot = await slot_of_day(session, page.org_id, slot_id)
            calendar = calendar_presenter(page, asked.form, await venues(session, page.org_id))
            parties = await parties_in_slot(session, page.org_id, slot_id)
            day = calendar.of_venue(slot).local(slot.starts_at).date()
            others = await slots_on_days(
                session,
                page.org_id,
                (day - _REACH, day + _REACH),
                offering_id=slot.offering_id,
                limit=MOVE_SLOTS_MAX,
            )
        presenter = SlotPanelPresenter(calendar, slot, parties, others, page.context)
        panel = presenter.panel()
        if panel.may_change and not panel.is_over:
            form = self.staff_bookings.form(
                page,
                typed or StaffBooking(slot=panel.slot_id),
                (slot,),
                formatter=calendar.of_venue(slot),
                target=FormTarget(f"{panel.path}/book", "", _kept(asked.form)),
            )
            panel = structs.replace(panel, booking=structs.replace(form, arrived_text=""))
        return structs.replace(panel, undo=await self._undo_bar(asked, panel))

    async def _undo_bar(self, asked: SlotAsked, panel: SlotPanel) -> Undo | None:
        """The bar of the booking that was just moved."""
        ref, page = asked.form.get("done"), asked.page
        if not ref or page.request.method != "GET":
            return None
        match = await self.acts.searches.by_ref(page.org_id, ref)
        async with self.unit_of_work.database.session() as session:
            history = await history_of(session, page.org_id, match.booking.booking_id)
        undo = self.acts.undo_bar(match, history, page.formatter(match.venue))
        if undo is None:
            return None
        text = f"{match.booking.customer_name}: {undo.text}"
        return Undo(text, f"{panel.path}/undo", ref=match.booking.ref, verb="ref")


def _kept(form: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What of the calendar was shown, for the way back."""
    return tuple((name, form[name]) for name in ("view", "date", "offering") if form.get(name))

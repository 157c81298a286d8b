"""`/{org}/b/{ref}`: the ticket, and moving or cancelling the booking by its secret link."""

from datetime import date
from typing import Final

import msgspec
from msgspec import structs

from fullhouse.booking.actions.cancel_booking import CancelBooking
from fullhouse.booking.actions.move_booking import MoveBooking
from fullhouse.booking.actions.renew_booking_link import RenewBookingLink
from fullhouse.booking.actions.restore_booking import RestoreBooking, may_restore
from fullhouse.booking.error_texts import ErrorContext, has_error_text
from fullhouse.booking.errors import (
    AlreadyCancelled,
    AlreadyCheckedIn,
    UnknownBooking,
    WrongStatus,
)
from fullhouse.booking.events import Cancelled
from fullhouse.booking.limits import PARTY_MAX, UNDOS_MAX
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.price_categories import (
    GivenGuests,
    guests_of,
    guests_repriced,
    guests_sold,
)
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.tokens import LinkSigner, Purpose
from fullhouse.booking.model.typed_guests import guests_query, read_changed_guests
from fullhouse.booking.model.urls import BookingUrls, SignedUrls, admin_path, tickets_path
from fullhouse.booking.party_texts import party_text
from fullhouse.booking.reads.bookings import Bookings
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.booking_presenter import BookingPagePresenter
from fullhouse.entrypoints.web.change_presenter import ChangePagePresenter
from fullhouse.entrypoints.web.error_notes import error_note
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.delivery import DeliveryNotes
from fullhouse.entrypoints.web.pages.offering_loader import OfferingContext, OfferingPageLoader
from fullhouse.entrypoints.web.pages.offerings import read_slot_id, status_of
from fullhouse.entrypoints.web.views import Note
from fullhouse.http.response import NO_STORE, Response
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError
from fullhouse.messages.calendar_file import InvitationDetails, calendar_file
from fullhouse.messages.facts import booking_facts
from fullhouse.messages.qr import qr_target
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.model.contact import readable_address
from fullhouse.scheduling.model.wall_text import read_date
from fullhouse.scheduling.reads.closures import closed_reason
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_STATUS_ERRORS: Final = (AlreadyCancelled, AlreadyCheckedIn, WrongStatus)
"""The status has changed since the page was shown; the ticket says what the booking is."""


class BookingPages(msgspec.Struct, frozen=True):
    """The customer's pages of a booking. The token of the link authorises, no permission does."""

    loader: OfferingPageLoader
    bookings: Bookings
    cancel_booking: CancelBooking
    move_booking: MoveBooking
    restore_booking: RestoreBooking
    renew_link: RenewBookingLink
    unit_of_work: UnitOfWorkFactory
    tokens: LinkSigner
    sessions: AccountSessions
    base_url: str
    delivery: DeliveryNotes

    async def ticket(self, page: PageContext) -> Response:
        """The ticket; for staff who scan its QR code, their own page of the booking."""
        staff_page = admin_path(page.organisation.slug, f"bookings/{page.path_parameter('ref')}")
        try:
            presenter = await self.presenter(page, page.query("t"), "manage", "show")
        except UnknownBooking:
            if not await self._is_staff(page):
                raise
            return page.redirect(staff_page)  # an earlier link, on paper
        if not presenter.manages and await self._is_staff(page):
            return page.redirect(staff_page)
        note = _done_note(page, presenter)
        if note is None and presenter.manages:
            note = await self.delivery.of(page, presenter.view.booking, presenter.urls)
        return await self._ticket(page, presenter, note)

    async def calendar(self, page: PageContext) -> Response:
        """The booking as an iCalendar file (RFC 5545), with the zone of the venue in it."""
        presenter = await self.presenter(page, page.query("t"), "manage", "show")
        urls = SignedUrls(self.tokens, self.base_url).of(page.organisation)
        details = InvitationDetails(
            business=page.organisation.name,
            address=page.organisation.email,
            url=urls.booking(page.organisation.slug, presenter.view.booking, purpose="show").ticket,
            created_at=presenter.now,
            facts=booking_facts(
                presenter.view, page.organisation, presenter.formatter, now=presenter.now
            ),
        )
        disposition = f'attachment; filename="{presenter.urls.ref}.ics"'
        return Response(
            200,
            calendar_file(presenter.view, details).encode(),
            (
                (b"content-type", b"text/calendar; charset=utf-8"),
                (b"content-disposition", disposition.encode()),
                NO_STORE,
            ),
        )

    async def change(self, page: PageContext) -> Response:
        return await self._change(page, await self.presenter(page, page.query("t")))

    async def move(self, page: PageContext) -> Response:
        form = await page.form()
        presenter = await self.presenter(page, form.get("t"))
        booking = presenter.view.booking
        party = _read_party(form.get("party"))
        guests = read_changed_guests(form.get, booking, presenter.view.offering.price_categories)
        wanted = _wanted(booking, party, guests)
        is_of_party = party is not None or guests is not None
        slots = () if is_of_party and "slot" not in form else (read_slot_id(form),)
        done = "moved" if slots else "party"
        if booking.status == "confirmed" and _is_like(booking, slots, wanted):
            # By the same form before
            return page.redirect(presenter.urls.ticket_after("moved" if slots else "party"))
        found = await self.loader.catalogue.slots(booking.org_id, slots) if slots else ()
        starts_at = found[0].starts_at if found else booking.starts_at
        try:
            await self.move_booking(
                booking.org_id, booking.booking_id, slots, party=wanted, context=page.context
            )
        except _STATUS_ERRORS:
            return page.redirect(presenter.urls.ticket)
        except FullhouseError as error:
            party = (party or booking.party) if guests is None else sum(guests.values())
            urls = structs.replace(presenter.urls, party=party, guests=guests_query(guests))
            context = ErrorContext(
                presenter.formatter, error, starts_at, party, urls, presenter.emails_guest
            )
            day = presenter.formatter.local(starts_at).date()
            return await self._change(page, presenter, refusal=context, day=day, guests=guests)
        return page.redirect(presenter.urls.ticket_after(done))

    async def cancel_page(self, page: PageContext) -> Response:
        presenter = await self.presenter(page, page.query("t"))
        if presenter.view.booking.status != "confirmed":
            return page.redirect(presenter.urls.ticket)
        return _render_cancel(page, presenter)

    async def cancel(self, page: PageContext) -> Response:
        presenter = await self.presenter(page, (await page.form()).get("t"))
        booking = presenter.view.booking
        try:
            await self.cancel_booking(booking.org_id, booking.booking_id, context=page.context)
        except _STATUS_ERRORS:
            return page.redirect(presenter.urls.ticket)
        except FullhouseError as error:
            if not has_error_text(error):
                raise
            note = error_note(error_context(presenter, error))
            return _render_cancel(page, presenter, note=note, status=status_of(error))
        return page.redirect(presenter.urls.ticket)

    async def renew(self, page: PageContext) -> Response:
        """End the links of the booking; the page afterwards has none, see `RenewBookingLink`."""
        presenter = await self.presenter(page, (await page.form()).get("t"))
        async with self.unit_of_work(page.context, page.org_id) as uow:
            await self.renew_link(uow, presenter.view.booking.booking_id)
        return page.redirect(tickets_path(page.organisation.slug, done="renewed"))

    async def undo(self, page: PageContext) -> Response:
        presenter = await self.presenter(page, (await page.form()).get("t"))
        booking = presenter.view.booking
        if booking.status != "cancelled":
            return page.redirect(presenter.urls.ticket)  # it was undone before
        try:
            await self.restore_booking(booking.org_id, booking.booking_id, context=page.context)
        except FullhouseError as error:
            if not has_error_text(error):
                raise
            note = error_note(error_context(presenter, error))
            return await self._ticket(page, presenter, note, status=status_of(error))
        return page.redirect(presenter.urls.ticket_after("restored"))

    async def _is_staff(self, page: PageContext) -> bool:
        """Whether a member of staff of this organisation is signed in who may see bookings."""
        if not page.session_token:
            return False
        try:
            principal = await self.sessions.member(page.session_token, page.org_id)
        except NotSignedIn:
            return False
        return Permission.VIEW_BOOKINGS in principal.permissions

    async def presenter(
        self, page: PageContext, token: str | None, *purposes: Purpose
    ) -> BookingPagePresenter:
        """Raises `UnknownBooking`, also when the token is of another booking, purpose or version.

        The purpose is `manage` unless others are given.
        """
        organisation = page.organisation
        view = await self.bookings.by_ref(page.org_id, page.path_parameter("ref").upper())
        if view is None or not self.tokens.opens(
            token or "", view.booking, *(purposes or ("manage",))
        ):
            raise UnknownBooking
        return BookingPagePresenter(
            view=view.in_language(page.text_language),
            organisation=organisation,
            formatter=page.formatter(view.venue),
            urls=BookingUrls(organisation.slug, view.booking.ref, token or ""),
            scanned_url=qr_target(
                SignedUrls(self.tokens, self.base_url), organisation.slug, view.booking
            ),
            now=self.loader.clock.now(),
            manages=self.tokens.opens(token or "", view.booking, "manage"),
            emails_guest=page.sends_to(view.booking.customer_email),
            closed_reason=await self._closed_reason(view.booking),
        )

    async def _closed_reason(self, booking: Booking) -> str:
        async with self.unit_of_work.database.session() as session:
            return await closed_reason(session, booking)

    async def _ticket(
        self,
        page: PageContext,
        presenter: BookingPagePresenter,
        note: Note | None,
        *,
        status: int = 200,
    ) -> Response:
        content = presenter.ticket_page(note, undo_href=await self._undo_href(page, presenter))
        title = page.translations.gettext("Your ticket")
        return page.render(
            "ticket.html", title, status=status, times_of=presenter.formatter, page=content
        )

    async def _undo_href(self, page: PageContext, presenter: BookingPagePresenter) -> str:
        """The URL that undoes the guest's own cancellation, for a minute; empty after it."""
        booking = presenter.view.booking
        if not (booking.can_be_restored(presenter.now) and presenter.manages):
            return ""
        history = await self.bookings.history(booking.org_id, booking.booking_id)
        cancelled = [entry.actor for entry in history if entry.kind == Cancelled.kind()]
        can_undo = len(cancelled) <= UNDOS_MAX and may_restore(page.context, cancelled[-1])
        return presenter.urls.undo if can_undo else ""

    async def _change(
        self,
        page: PageContext,
        presenter: BookingPagePresenter,
        *,
        refusal: ErrorContext | None = None,
        day: date | None = None,
        guests: GivenGuests | None = None,
    ) -> Response:
        if refusal is not None and not has_error_text(refusal.error):
            raise refusal.error
        booking, view, formatter = presenter.view.booking, presenter.view, presenter.formatter
        context = OfferingContext(view.offering, view.venue, formatter)
        today = formatter.today(presenter.now)
        last = view.offering.last_day(presenter.now, view.venue.zone)
        requested = day or read_date(page.query("day")) or read_date(f"{page.query('month')}-01")
        day = max(today, min(requested or formatter.local(booking.starts_at).date(), last))
        categories = view.offering.price_categories
        guests = guests or read_changed_guests(page.query, booking, categories)
        party = refusal.party if refusal else _read_party(page.query("party")) or booking.party
        party = party if guests is None else sum(guests.values())
        if party != booking.party or guests != booking.guest_numbers:
            party = max(view.offering.party_min, min(party, view.offering.party_max))
            urls = structs.replace(presenter.urls, party=party, guests=guests_query(guests))
            presenter = structs.replace(presenter, urls=urls)
        sold = guests_of(booking.guests) if party == booking.party else ()
        chosen = guests_repriced(categories, sold, party=party)
        if guests is not None and guests != booking.guest_numbers:
            chosen = guests_sold(categories, guests, party=party)
        availability = await self.loader.calendar(
            context,
            month=day.replace(day=1),
            party=party,
            guests=chosen,
        )
        content = ChangePagePresenter(presenter, availability, day, last, guests).page(
            picked=page.query("slot"),
            note=None if refusal is None else error_note(refusal),
        )
        return page.render(
            "change.html",
            page.translations.gettext("Change booking"),
            status=200 if refusal is None else status_of(refusal.error),
            times_of=formatter,
            page=content,
        )


def _render_cancel(
    page: PageContext,
    presenter: BookingPagePresenter,
    *,
    note: Note | None = None,
    status: int = 200,
) -> Response:
    title, content = page.translations.gettext("Cancel booking"), presenter.cancel_page(note)
    return page.render(
        "cancel.html", title, status=status, times_of=presenter.formatter, page=content
    )


def _read_party(text: str | None) -> int | None:
    """A number of guests; None for anything else."""
    try:
        return max(1, min(int((text or "")[:9]), PARTY_MAX))
    except ValueError:
        return None


def _wanted(
    booking: Booking, party: int | None, guests: GivenGuests | None
) -> int | GivenGuests | None:
    """Who shall come: None when the guests by price category stay."""
    if guests is None:
        return party
    return None if guests == booking.guest_numbers else guests


def _is_like(booking: Booking, slots: tuple[SlotId, ...], wanted: int | GivenGuests | None) -> bool:
    return slots in {(), tuple(booking.slots)} and wanted in (None, booking.party)


def error_context(presenter: BookingPagePresenter, error: FullhouseError) -> ErrorContext:
    """An error about the booking at its own time."""
    booking = presenter.view.booking
    return ErrorContext(
        presenter.formatter,
        error,
        booking.starts_at,
        booking.party,
        presenter.urls,
        presenter.emails_guest,
    )


def _done_note(page: PageContext, presenter: BookingPagePresenter) -> Note | None:
    """The note about what led here."""
    _ = page.translations.gettext
    booking = presenter.view.booking
    if booking.status != "confirmed":
        return None
    email = readable_address(booking.customer_email)
    time = presenter.formatter.date_time(booking.starts_at)
    party = party_text(booking.party, guests_of(booking.guests), presenter.formatter)
    notes = {
        "party": Note(
            "good",
            _("Your booking is for %(party)s.", party=party),
        ),
        "contact": Note(
            "good",
            _("Your contact details were changed."),
            _("We'll e-mail %(email)s.", email=email) if presenter.emails_guest else "",
        ),
        "answers": Note("good", _("Your answers were changed.")),
        "moved": Note("good", _("Moved to %(time)s.", time=time)),
        "restored": Note("good", _("Your booking is restored.")),
        "unchanged": Note(
            "info",
            _("This is booked already, for %(email)s.", email=email),
            _("The form that you sent again has changed nothing."),
        ),
        "unreleased": Note(
            "info",
            _("These places are booked already, so they were not released."),
            _("To release them, cancel the booking."),
        ),
    }
    return notes.get(page.query("done") or "")

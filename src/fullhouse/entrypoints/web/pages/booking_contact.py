"""`/{org}/b/{ref}/contact`: the customer changes the contact details of the booking."""

import msgspec

from fullhouse.booking.actions.change_contact import ChangeContact
from fullhouse.booking.errors import (
    AlreadyCancelled,
    AlreadyCheckedIn,
    BookingQuarantined,
    TooManyContactChanges,
    WrongStatus,
)
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.entrypoints.web.booking_presenter import BookingPagePresenter
from fullhouse.entrypoints.web.forms import Details, read_details
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.bookings import BookingPages
from fullhouse.entrypoints.web.views import Note, SendTicketPage
from fullhouse.http.response import Response
from fullhouse.people.model.contact import phone_text
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class BookingContactPages(msgspec.Struct, frozen=True):
    """The form with name, e-mail address and phone number. The token of the link authorises."""

    pages: BookingPages
    unit_of_work: UnitOfWorkFactory
    change_contact: ChangeContact

    async def form(self, page: PageContext) -> Response:
        presenter = await self.pages.presenter(page, page.query("t"))
        booking = presenter.view.booking
        phone = phone_text(booking.customer_phone)
        details = Details(booking.customer_name, booking.customer_email, phone)
        return self._page(page, presenter, details)

    async def change(self, page: PageContext) -> Response:
        """Change them and show the ticket, by its new link if the address is another."""
        form = await page.form()
        presenter = await self.pages.presenter(page, form.get("t"))
        country = presenter.view.venue.country
        details, customer = read_details(form, page.translations, country=country)
        if customer is None:
            return self._page(page, presenter, details, status=422)
        booking_id = presenter.view.booking.booking_id
        try:
            async with self.unit_of_work(page.context, page.org_id) as uow:
                booking = await self.change_contact(uow, booking_id, customer)
        except (AlreadyCancelled, AlreadyCheckedIn, BookingQuarantined, WrongStatus):
            return page.redirect(presenter.urls.ticket)
        except TooManyContactChanges:
            text = page.translations.gettext(
                "Your details were changed several times already. Please call us."
            )
            return self._page(page, presenter, details, note=Note("warn", text), status=409)
        urls = SignedUrls(self.pages.tokens).booking(page.organisation.slug, booking)
        return page.redirect(urls.ticket_after("contact"))

    def _page(
        self,
        page: PageContext,
        presenter: BookingPagePresenter,
        details: Details,
        *,
        note: Note | None = None,
        status: int = 200,
    ) -> Response:
        _ = page.translations.gettext
        title = _("Change your contact details")
        content = SendTicketPage(
            title=title,
            text=presenter.summary_line(),
            action=f"{presenter.urls.path}/contact",
            fields=details.fields(
                page.translations,
                email_hint=_(
                    "We'll send your ticket to a new address, and tell the old one about it."
                )
                if page.sends_email
                else "",
            ),
            note=note,
            token=presenter.urls.token,
            button=_("Save"),
            back_href=presenter.urls.ticket,
        )
        return page.render(
            "send_ticket.html", title, status=status, times_of=presenter.formatter, page=content
        )

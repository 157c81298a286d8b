"""`/{org}/b`: a guest without a link that works has the ticket sent again, by mail."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec

from fullhouse.booking.actions.send_tickets import SendTickets
from fullhouse.booking.errors import UnknownBooking
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.urls import BookingUrls, tickets_path
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Field, Note, SendTicketPage
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model.contact import email_address, readable_address
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

PageHandler = Callable[[PageContext], Awaitable[Response]]


class TicketPages(msgspec.Struct, frozen=True):
    """Sends tickets to the addresses of their bookings, and tells nobody whether there are any."""

    unit_of_work: UnitOfWorkFactory
    send_tickets: SendTickets

    def with_link(self, handler: PageHandler) -> PageHandler:
        """The handler of a page of a booking; a link that does not open it offers the ticket."""

        async def handle(page: PageContext) -> Response:
            try:
                return await handler(page)
            except UnknownBooking:
                return self._link_ended(page)

        return handle

    async def form(self, page: PageContext) -> Response:
        return self._form(page, note=_done_note(page))

    async def send_by_email(self, page: PageContext) -> Response:
        typed = (await page.form()).get("email", "")
        try:
            email = email_address(typed)
        except InvalidInput:
            problem = page.translations.gettext("Enter an e-mail address like name@example.com")
            return self._form(page, email=typed, problem=problem)
        async with self.unit_of_work(page.context, page.org_id) as uow:
            await self.send_tickets.by_email(uow, email)
        return page.redirect(tickets_path(page.organisation.slug, done="sent"))

    async def send_by_ref(self, page: PageContext) -> Response:
        async with self.unit_of_work(page.context, page.org_id) as uow:
            await self.send_tickets.by_ref(uow, page.path_parameter("ref"))
        return page.redirect(tickets_path(page.organisation.slug, done="sent"))

    def _form(
        self, page: PageContext, *, note: Note | None = None, email: str = "", problem: str = ""
    ) -> Response:
        _ = page.translations.gettext
        if not page.sends_email:
            text = " ".join((_("This site sends no e-mail."), _ask_us(page)))
            return _page(page, SendTicketPage(_("Lost your ticket?"), text, "", note=note))
        field = Field(
            "email", _("E-mail"), email, problem=problem, kind="email", autocomplete="email"
        )
        content = SendTicketPage(
            title=_("Send me my ticket again"),
            text=_(
                "We'll e-mail the tickets for your upcoming bookings to the address you "
                "booked with."
            ),
            action=tickets_path(page.organisation.slug),
            fields=(field,),
            note=note,
        )
        status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
        return _page(page, content, status=status)

    def _link_ended(self, page: PageContext) -> Response:
        """The same page for a booking that there is, and for one that there is not."""
        _ = page.translations.gettext
        urls = BookingUrls(page.organisation.slug, page.path_parameter("ref"), "")
        can_send = _(
            "We can e-mail the ticket, with a link that works, to the address used for the booking."
        )
        content = SendTicketPage(
            title=_("This link does not open a booking"),
            text=_("It may be incomplete, or replaced by a newer one.")
            + f" {can_send if page.sends_email else _ask_us(page)}",
            action=urls.send if page.sends_email else "",
        )
        return _page(page, content, status=HTTPStatus.NOT_FOUND)


def booked_already(page: PageContext, booking: Booking) -> Response:
    """For a browser with the form of a booking but without its link: whose it is, and where.

    The address is masked, since whoever sits there now may be another than the guest.
    """
    _ = page.translations.gettext
    sends = page.sends_to(booking.customer_email)
    text = _(
        "It was booked with the e-mail address %(email)s. The link in its ticket changes or "
        "cancels the booking.",
        email=masked_email(readable_address(booking.customer_email)),
    )
    content = SendTicketPage(
        title=_("This is booked already"),
        text=" ".join((text, _("We can send the ticket again.") if sends else _ask_us(page))),
        action=BookingUrls(page.organisation.slug, booking.ref, "").send if sends else "",
    )
    return _page(page, content)


def masked_email(email: str) -> str:
    """`a•••@e•••.org`: enough for its owner to know it again."""
    local, _, domain = email.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••{dot}{ending}" if email else ""


def _page(page: PageContext, content: SendTicketPage, *, status: int = HTTPStatus.OK) -> Response:
    return page.render("send_ticket.html", content.title, status=status, page=content)


def _ask_us(page: PageContext) -> str:
    return page.translations.gettext("Please ask us for your ticket and its link.")


def _done_note(page: PageContext) -> Note | None:
    _ = page.translations.gettext
    if not page.sends_email and page.query("done") in {"sent", "renewed"}:
        return Note("warn", _("No e-mail was sent: this site has no mail server."))
    match page.query("done"):
        case "sent":
            more = _("It may take a few minutes. Please also check your spam folder.")
            return Note("good", _("If there is such a booking, we've e-mailed its ticket."), more)
        case "renewed":
            more = _("It went to the address of the booking. Earlier links no longer work.")
            return Note("good", _("We've e-mailed you a new link."), more)
        case _:
            return None

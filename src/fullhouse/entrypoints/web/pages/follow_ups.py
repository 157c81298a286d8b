"""What e-mails lead to: `/{org}/b/{ref}/rating`, `/{org}/u/{address}` and `/{org}/d/{account}`."""

from uuid import UUID

import msgspec

from fullhouse.booking.errors import AlreadyCancelled, UnknownBooking, WrongStatus
from fullhouse.booking.model.urls import with_query
from fullhouse.entrypoints.web.booking_presenter import BookingPagePresenter
from fullhouse.entrypoints.web.forms import read_uuid
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.bookings import BookingPages
from fullhouse.entrypoints.web.views import Choice, Field, Note, SendTicketPage
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput, NotFound
from fullhouse.messages.actions.change_digest import ChangeDigest, digest_settings
from fullhouse.messages.actions.rate_visit import RateVisit
from fullhouse.messages.limits import RATING_CHARACTERS_MAX
from fullhouse.messages.model.rating_texts import star_choices
from fullhouse.messages.ratings import rating_of
from fullhouse.messages.suppressions import resubscribe, suppressions_of, unsubscribe


class RatingPages(msgspec.Struct, frozen=True):
    """How a visit was. The token of the link in the e-mail authorises; it may be answered anew."""

    pages: BookingPages
    rate: RateVisit

    async def form(self, page: PageContext) -> Response:
        presenter = await self.pages.presenter(page, page.query("t"), "rate")
        booking = presenter.view.booking
        async with self.pages.unit_of_work.database.session() as session:
            before = await rating_of(session, booking.org_id, booking.booking_id)
        stars = page.query("stars") or (str(before.stars) if before else "")
        note, gettext = None, page.translations.gettext
        if before and page.query("done"):
            note = Note("good", gettext("Thank you."), gettext("You can change your answer here."))
        words = before.words if before else ""
        return _page(page, presenter, stars=stars, words=words, note=note)

    async def save(self, page: PageContext) -> Response:
        form = await page.form()
        presenter = await self.pages.presenter(page, form.get("t"), "rate")
        stars, words = form.get("stars", ""), form.get("words", "").strip()
        try:
            async with self.pages.unit_of_work(page.context, page.org_id) as uow:
                booking_id = presenter.view.booking.booking_id
                number = int(stars) if stars.isdecimal() and len(stars) == 1 else 0
                await self.rate(uow, booking_id, stars=number, words=words)
        except InvalidInput as error:
            return _page(page, presenter, stars=stars, words=words, problem=error.field)
        except (AlreadyCancelled, WrongStatus):
            raise UnknownBooking from None
        return page.redirect(with_query(presenter.urls.rating, done=1))


def _page(
    page: PageContext,
    presenter: BookingPagePresenter,
    *,
    stars: str,
    words: str,
    note: Note | None = None,
    problem: str = "",
) -> Response:
    _ = page.translations.gettext
    too_long = page.translations.ngettext(
        "Use at most %(n)s character.", "Use at most %(n)s characters.", RATING_CHARACTERS_MAX
    )
    choices = star_choices(page.translations)
    fields = (
        Field(
            "stars",
            _("How was it?"),
            stars,
            kind="radio",
            problem=_("Choose one of these.") if problem == "stars" else "",
            choices=tuple(Choice(value, text, value == stars) for value, text in choices),
        ),
        Field(
            "words",
            _("What would you like to tell us?"),
            words,
            hint=_("Only the people of %(org)s read this.", org=page.organisation.name),
            kind="textarea",
            optional=True,
            problem=too_long if problem == "words" else "",
        ),
    )
    content = SendTicketPage(
        title=_("How was your visit?"),
        text=presenter.summary_line(),
        action=f"{presenter.urls.path}/rating",
        fields=fields,
        note=note,
        token=presenter.urls.token,
        button=_("Send"),
    )
    return page.render(
        "send_ticket.html",
        content.title,
        status=422 if problem else 200,
        times_of=presenter.formatter,
        page=content,
    )


class UnsubscribePages(msgspec.Struct, frozen=True):
    """What an address gets. The token of the link authorises, also a mail program's (RFC 8058)."""

    pages: BookingPages

    async def form(self, page: PageContext) -> Response:
        return await self._show(page, self._address(page, page.query("t")))

    async def unsubscribe(self, page: PageContext) -> Response:
        """A mail program posts to the address with its query, and follows no redirect."""
        token = (await page.form()).get("t") or page.query("t")
        address_id = self._address(page, token)
        async with self.pages.unit_of_work(page.context, page.org_id) as uow:
            await unsubscribe(uow, address_id)
        return await self._show(page, address_id)

    async def resubscribe(self, page: PageContext) -> Response:
        address_id = self._address(page, (await page.form()).get("t"))
        async with self.pages.unit_of_work(page.context, page.org_id) as uow:
            await resubscribe(uow, address_id)
        return await self._show(page, address_id)

    def _address(self, page: PageContext, token: str | None) -> UUID:
        """Raises `NotFound`, also for the token of another address."""
        address_id = read_uuid(page.path_parameter("address"))
        if address_id is None or not self.pages.tokens.verify(
            token or "", "unsubscribe", org_id=page.org_id, subject=address_id
        ):
            raise NotFound
        return address_id

    async def _show(self, page: PageContext, address_id: UUID) -> Response:
        _, org = page.translations.gettext, page.organisation
        async with self.pages.unit_of_work.database.session() as session:
            found = await suppressions_of(session, page.org_id, address_id)
        is_out = "unsubscribed" in found
        text = _(
            "After a visit, %(org)s asks how it was. Without it you still get what belongs to a "
            "booking: tickets, changes and reminders.",
            org=org.name,
        )
        if is_out:
            text = _(
                "%(org)s does not ask you how your visits were any more. You still get what "
                "belongs to a booking: tickets, changes and reminders.",
                org=org.name,
            )
        path = f"/{org.slug}/u/{address_id}"
        content = SendTicketPage(
            title=_("You are unsubscribed") if is_out else _("Unsubscribe"),
            text=text,
            action=f"{path}/again" if is_out else path,
            token=self.pages.tokens.token("unsubscribe", page.org_id, address_id),
            button=_("Subscribe again") if is_out else _("Unsubscribe"),
        )
        return page.render("send_ticket.html", content.title, page=content)


class DigestPages(msgspec.Struct, frozen=True):
    """The off switch of the overview of the morning, for who has the link in the e-mail."""

    pages: BookingPages
    change: ChangeDigest

    async def form(self, page: PageContext) -> Response:
        return await self._show(page, self._account(page, page.query("t")))

    async def stop(self, page: PageContext) -> Response:
        """A mail program posts to the address with its query, and follows no redirect."""
        account_id = self._account(page, (await page.form()).get("t") or page.query("t"))
        async with self.pages.unit_of_work(page.context, page.org_id) as uow:
            await self.change.stop(uow, account_id)
        return await self._show(page, account_id)

    def _account(self, page: PageContext, token: str | None) -> UUID:
        """Raises `NotFound`, also for the token of another account."""
        account_id = read_uuid(page.path_parameter("account"))
        if account_id is None or not self.pages.tokens.verify(
            token or "", "digest", org_id=page.org_id, subject=account_id
        ):
            raise NotFound
        return account_id

    async def _show(self, page: PageContext, account_id: UUID) -> Response:
        _, org = page.translations.gettext, page.organisation
        async with self.pages.unit_of_work.database.session() as session:
            settings = await digest_settings(session, page.org_id)
        is_on = account_id in settings.readers
        content = SendTicketPage(
            title=_("Daily overview") if is_on else _("You no longer get this e-mail"),
            text=_("%(org)s sends you an overview of the day each morning.", org=org.name)
            if is_on
            else _("Owners can turn it on again under Messages, Daily overview."),
            action=f"/{org.slug}/d/{account_id}" if is_on else "",
            token=self.pages.tokens.token("digest", page.org_id, account_id),
            button=_("Stop sending me this e-mail"),
        )
        return page.render("send_ticket.html", content.title, page=content)

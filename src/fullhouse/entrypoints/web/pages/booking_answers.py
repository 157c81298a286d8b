"""`/{org}/b/{ref}/answers`: the customer answers the questions of the offering otherwise."""

import msgspec

from fullhouse.booking.actions.change_answers import ChangeAnswers
from fullhouse.booking.error_texts import has_error_text
from fullhouse.booking.errors import AlreadyCancelled, AlreadyCheckedIn, WrongStatus
from fullhouse.booking.model.questions import Question, answers_of, with_given_choices
from fullhouse.booking.model.typed_answers import TypedAnswers, read_typed_answers, typed_of
from fullhouse.entrypoints.web.answer_forms import answer_fields
from fullhouse.entrypoints.web.booking_presenter import BookingPagePresenter
from fullhouse.entrypoints.web.error_notes import error_note
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.bookings import BookingPages, error_context
from fullhouse.entrypoints.web.pages.offerings import status_of
from fullhouse.entrypoints.web.views import Note, SendTicketPage
from fullhouse.http.response import Response
from fullhouse.kernel.errors import FullhouseError
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class BookingAnswerPages(msgspec.Struct, frozen=True):
    """The form with the questions. The token of the link authorises."""

    pages: BookingPages
    unit_of_work: UnitOfWorkFactory
    change_answers: ChangeAnswers

    async def form(self, page: PageContext) -> Response:
        presenter = await self.pages.presenter(page, page.query("t"))
        booking, questions = presenter.view.booking, _questions(presenter)
        if not questions:
            return page.redirect(presenter.urls.ticket)
        typed = typed_of(answers_of(booking.answers), questions, party=booking.party)
        return _page(page, presenter, TypedAnswers(typed))

    async def change(self, page: PageContext) -> Response:
        form = await page.form()
        presenter = await self.pages.presenter(page, form.get("t"))
        booking, questions = presenter.view.booking, _questions(presenter)
        typed = read_typed_answers(form, questions, page.translations, party=booking.party)
        if typed.problems:
            return _page(page, presenter, typed, status=422)
        try:
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.change_answers(uow, booking.booking_id, typed.given)
        except (AlreadyCancelled, AlreadyCheckedIn, WrongStatus):
            return page.redirect(presenter.urls.ticket)
        except FullhouseError as error:
            if not has_error_text(error):
                raise
            note = error_note(error_context(presenter, error))
            return _page(page, presenter, typed, note=note, status=status_of(error))
        return page.redirect(presenter.urls.ticket_after("answers"))


def _questions(presenter: BookingPagePresenter) -> tuple[Question, ...]:
    view = presenter.view
    return with_given_choices(view.offering.questions, answers_of(view.booking.answers))


def _page(
    page: PageContext,
    presenter: BookingPagePresenter,
    typed: TypedAnswers,
    *,
    note: Note | None = None,
    status: int = 200,
) -> Response:
    _, view = page.translations.gettext, presenter.view
    fields, groups = answer_fields(
        _questions(presenter),
        page.translations,
        party=view.booking.party,
        typed=typed.typed,
        problems=typed.problems,
    )
    content = SendTicketPage(
        title=_("Change your answers"),
        text=presenter.summary_line(),
        action=f"{presenter.urls.path}/answers",
        fields=fields,
        groups=groups,
        note=note,
        token=presenter.urls.token,
        button=_("Save"),
        back_href=presenter.urls.ticket,
    )
    return page.render(
        "send_ticket.html", content.title, status=status, times_of=presenter.formatter, page=content
    )

"""The resource of questions: what guests are asked when they book an offering."""

from collections.abc import Sequence
from typing import Final

import msgspec

from fullhouse.booking.actions.change_questions import ChangeQuestions
from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.errors import TooLateToUndo, UnknownOffering
from fullhouse.booking.model.question_form import (
    ERROR_FIELDS,
    KIND_NAMES,
    PER_NAMES,
    QUESTIONS_LEAD,
    TRANSLATED_CHOICES_HINT,
    TRANSLATED_CHOICES_REFUSED,
    AskedQuestion,
    QuestionForm,
    key_parts,
    kind_text,
    per_text,
)
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.questions import asked_question, asked_questions
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.fields import CHOOSE_ONE
from fullhouse.entrypoints.web.admin.history import HistorySubject
from fullhouse.entrypoints.web.admin.ordered_parts import OrderedParts
from fullhouse.entrypoints.web.admin.translated_fields import translated
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice, Link
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import derived_id
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_GROUPS: Final = {
    _("Question"): (
        FormField("offering", _("Offering"), only_new=True),
        FormField(
            "text",
            _("What do you want to know?"),
            _("For example: Does anybody have an allergy?"),
            _("An offering can ask ten questions. Remove one first."),
        ),
        FormField("hint", _("Help"), _("A sentence below the question. You can leave it empty.")),
    ),
    _("Answer"): (
        FormField("kind", _("The answer is"), choices=KIND_NAMES, kind="radio"),
        FormField(
            "choices",
            _("Answers to choose from"),
            _("One per line. Only for “One of several answers”."),
            _(
                "Enter at least two different answers, each of at most 80 letters. For the other "
                "kinds, leave this empty."
            ),
            kind="textarea",
        ),
        FormField(
            "per",
            _("Who is asked?"),
            "",
            _("The largest group would have more than 50 answers to give. Ask the group once."),
            choices=PER_NAMES,
            kind="radio",
        ),
        FormField("required", _("Guests must answer this to book")),
    ),
}
_TRANSLATED: Final = translated(
    FormField("text", _("Question")),
    FormField("hint", _("Help")),
    FormField(
        "choices",
        _("Answers to choose from"),
        TRANSLATED_CHOICES_HINT,
        TRANSLATED_CHOICES_REFUSED,
        kind="textarea",
    ),
)
_REMOVED: Final = ngettext_noop("%(n)s question removed.", "%(n)s questions removed.")
_RESTORED: Final = ngettext_noop("%(n)s question is back.", "%(n)s questions are back.")
_MOVED: Final = ngettext_noop("%(n)s question moved up.", "%(n)s questions moved up.")
_EMPTY: Final = _(
    "Guests are asked for their name and e-mail address. Add a question if you need to know more, "
    "such as allergies or boot sizes."
)
_Column = blocks.Column[AskedQuestion]
_COLUMNS: Final[tuple[blocks.Column[AskedQuestion], ...]] = (
    _Column("text", _("Question"), lambda row, _text: row.question.text),
    _Column("offering", _("Offering"), lambda row, _text: row.offering.name),
    _Column("kind", _("The answer is"), kind_text, "wide"),
    _Column("per", _("Who is asked?"), per_text, "wide"),
    blocks.flag_column(
        "required",
        _("Required"),
        flag=lambda row: row.question.required,
        names=(_("Yes"), _("No")),
    ),
)


class QuestionResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory
    change: ChangeQuestions

    def resource(self) -> blocks.AdminResource[AskedQuestion, QuestionForm]:
        allow = Permission.MANAGE_OFFERINGS
        parts = OrderedParts[AskedQuestion](
            self.unit_of_work,
            self.change,
            key_parts,
            moved=_MOVED,
            removed=_REMOVED,
            restored=_RESTORED,
            refused={TooLateToUndo: _("It's too late to undo this.")},
        )
        return blocks.AdminResource(
            "questions",
            _("Questions"),
            "list",
            allow,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: row.key,
                empty=_EMPTY,
                lead=lambda page: page.translations.gettext(QUESTIONS_LEAD),
                filters=(blocks.Filter("offering", _("Offering"), offering_slugs),),
            ),
            subject=lambda row: HistorySubject(row.offering.offering_id, row.offering.currency),
            form=blocks.Form(
                struct=QuestionForm,
                groups=_GROUPS,
                new_label=_("Add a question"),
                folded=_TRANSLATED,
                load=asked_question,
                stored=stored,
                save=self.save,
                allow=allow,
                choices={"offering": offering_slugs},
                fields_of_errors=ERROR_FIELDS,
                refusals={UnknownOffering: ("offering", CHOOSE_ONE)},
            ),
            actions=parts.actions(allow),
            section="offerings",
            row_links=offering_link,
        )

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[AskedQuestion]:
        async with self.unit_of_work.database.session() as session:
            return await asked_questions(session, page.org_id, query.filters.get("offering"))

    async def save(self, uow: UnitOfWork, submission: blocks.Submission[QuestionForm]) -> str:
        form = submission.fields
        saved = await self.change.save(
            uow, form.offering, form.read(), expected_version=submission.version
        )
        return f"{form.offering}.{saved.id}"


def stored(row: AskedQuestion) -> blocks.Stored[QuestionForm]:
    offering = row.offering
    row_id = derived_id(offering.offering_id.hex, row.question.id)
    return blocks.Stored(
        row.question.text, offering.version, QuestionForm.of(row), row_id, offering.currency
    )


async def offering_slugs(session: Session, page: PageContext) -> Sequence[Choice]:
    return [Choice(one.slug, one.name) for one in await offerings_of(session, page.org_id)]


def offering_link(page: PageContext, row: AskedQuestion) -> tuple[Link, ...]:
    path = admin_path(page.organisation.slug, f"offerings/{row.offering.slug}")
    return (Link(row.offering.name, path),)

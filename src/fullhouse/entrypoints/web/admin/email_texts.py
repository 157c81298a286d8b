"""The form of the text of an e-mail, with its preview, and the ways back from a change."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.booking.history_texts import actor_name
from fullhouse.booking.model.urls import admin_path, with_query
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.messages import email_document
from fullhouse.entrypoints.web.admin_actions import Action, FormField, act_on_each
from fullhouse.entrypoints.web.admin_views import Cell, DetailSection, Header, RowView
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Note
from fullhouse.http.response import Response
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import derived_id
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.actions.change_email_texts import ChangeEmailTexts
from fullhouse.messages.actions.render_example import (
    EmailExample,
    RenderExample,
    email_example,
)
from fullhouse.messages.email_text_store import earlier_email_texts
from fullhouse.messages.errors import InvalidEmailText
from fullhouse.messages.limits import (
    EMAIL_TEXT_CHARACTERS_MAX,
    EMAIL_TITLE_CHARACTERS_MAX,
    SMS_CHARACTERS_MAX,
)
from fullhouse.messages.model import email_text_texts as texts
from fullhouse.messages.model.email_texts import (
    EarlierEmailText,
    EmailText,
    EmailTextKey,
    fields_of,
)
from fullhouse.messages.model.names import KIND_NAMES
from fullhouse.storage.database import Database, Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

ALLOW: Final = Permission.MANAGE_ORGANISATION
_GROUPS: Final = {
    _("What guests read"): (
        FormField("subject", texts.FIELD_NAMES["subject"]),
        FormField("heading", texts.FIELD_NAMES["heading"]),
        FormField("text", texts.FIELD_NAMES["text"], texts.TEXT_HINT, kind="textarea"),
        FormField("sms", texts.FIELD_NAMES["sms"], texts.SMS_HINT, kind="textarea"),
    )
}
_Title = Annotated[str, Meta(min_length=1, max_length=EMAIL_TITLE_CHARACTERS_MAX)]


class EmailTextForm(msgspec.Struct, frozen=True, kw_only=True):
    """A text as typed; `key` is of which example, and is not in the form."""

    key: str
    subject: _Title
    heading: _Title
    text: Annotated[str, Meta(min_length=1, max_length=EMAIL_TEXT_CHARACTERS_MAX)]
    sms: Annotated[str, Meta(max_length=SMS_CHARACTERS_MAX)] = ""


class EmailTextPages(msgspec.Struct, frozen=True):
    """Builds the form and the actions of the resource of examples."""

    examples: RenderExample
    change: ChangeEmailTexts
    unit_of_work: UnitOfWorkFactory

    def form(self) -> blocks.Form[EmailExample, EmailTextForm]:
        return blocks.Form(
            struct=EmailTextForm,
            groups=_GROUPS,
            new_label="",
            load=email_example,
            stored=_stored,
            save=self._save,
            allow=ALLOW,
            adds=False,
            frame="preview",
            earlier=_earlier,
        )

    def actions(self) -> tuple[Action[EmailExample], ...]:
        return (
            Action(
                "reset",
                texts.RESET,
                self._act(self.change.reset),
                ALLOW,
                texts.RESETS_DONE,
                lambda row: row.has_own_text,
            ),
            Action(
                "restore",
                texts.RESTORE,
                self._act(self.change.restore),
                ALLOW,
                fits=lambda row: row.version > 0,
            ),
        )

    async def stored_preview(self, page: PageContext) -> Response:
        """The e-mail as guests get it."""
        example = await self.examples.example(page.org_id, page.path_parameter("key"))
        return self._preview(page, example, example.text)

    async def preview(self, page: PageContext) -> Response:
        """The e-mail with the text that is typed, for a frame; nothing is saved."""
        example = await self.examples.example(page.org_id, page.path_parameter("key"))
        typed = await page.form()
        text = EmailText(*(typed.get(name, "") for name in EmailText.__struct_fields__))
        return self._preview(page, example, text)

    def _preview(self, page: PageContext, example: EmailExample, text: EmailText) -> Response:
        try:
            return email_document(self.examples.preview(example, text, page.translations))
        except InvalidEmailText as error:
            document = self.examples.problems(error, page.translations)
            return email_document(document, HTTPStatus.UNPROCESSABLE_ENTITY)

    async def _save(self, uow: UnitOfWork, submission: blocks.Submission[EmailTextForm]) -> str:
        fields = submission.fields
        example = await email_example(uow.session, uow.org_id, fields.key)
        text = EmailText(fields.subject, fields.heading, fields.text, fields.sms)
        await self.change.set(uow, example.text_key, text, expected_version=submission.version)
        return fields.key

    def _act(
        self, act: Callable[[UnitOfWork, EmailTextKey], Awaitable[None]]
    ) -> Callable[[PageContext, Sequence[str]], Awaitable[Sequence[str]]]:
        async def one(uow: UnitOfWork, key: str) -> None:
            example = await email_example(uow.session, uow.org_id, key)
            await act(uow, example.text_key)

        async def run(page: PageContext, keys: Sequence[str]) -> Sequence[str]:
            return await act_on_each(
                self.unit_of_work,
                page,
                keys,
                act=one,
                refused={InvalidEmailText: texts.NOT_RESTORED},
            )

        return run


async def earlier_section(
    page: PageContext, row: EmailExample, database: Database
) -> DetailSection:
    """The texts before the present one; each leads to the form that begins with it."""
    async with database.session() as session:
        found = await earlier_email_texts(session, page.org_id, row.text_key)
    if not found:
        return DetailSection(title="")
    gettext = page.translations.gettext
    path = admin_path(page.organisation.slug, f"e-mails/{row.key}/edit")
    return DetailSection(
        title=gettext(texts.EARLIER),
        text=gettext(texts.EARLIER_LEAD),
        headers=tuple(
            Header(gettext(name), "always", is_number=False) for name in texts.EARLIER_COLUMNS
        ),
        rows=tuple(_earlier_row(one, path, page.utc_formatter) for one in found),
    )


def _earlier_row(one: EarlierEmailText, path: str, formatter: LocaleFormatter) -> RowView:
    """When and by whom it was written, where that was kept, and its subject."""
    gettext = formatter.translations.gettext
    who = actor_name(one.written_by, formatter.translations, known=one.writer_name)
    when = formatter.listed_time(one.written_at) if one.written_at else "\N{EN DASH}"
    said = (when, who, one.subject or gettext(texts.DEFAULT_STATE))
    return RowView(
        str(one.version),
        with_query(path, version=one.version),
        tuple(Cell(text, "always", is_number=False) for text in said),
    )


async def _earlier(session: Session, page: PageContext, version: str) -> EmailTextForm | None:
    """None for a version that is not kept any more."""
    example = await email_example(session, page.org_id, page.path_parameter("key"))
    found = await earlier_email_texts(session, page.org_id, example.text_key)
    kept = {str(one.version): one.own or example.default for one in found}
    return _form_of(example, kept[version]) if version in kept else None


def state_text(row: EmailExample, formatter: LocaleFormatter) -> str:
    """Which text guests get."""
    state = texts.OWN_STATE if row.has_own_text else texts.DEFAULT_STATE
    return formatter.translations.gettext(texts.FAILING_STATE if row.is_failing else state)


def state_tone(row: EmailExample) -> str:
    return "bad" if row.is_failing else "good" if row.has_own_text else "muted"


def warning(row: EmailExample, formatter: LocaleFormatter) -> Note | None:
    gettext = formatter.translations.gettext
    if not row.is_failing:
        return None
    return Note("warn", gettext(texts.FAILING), gettext(texts.FAILING_MORE))


def _form_of(row: EmailExample, text: EmailText) -> EmailTextForm:
    return EmailTextForm(
        key=row.key, subject=text.subject, heading=text.heading, text=text.text, sms=text.sms
    )


def _stored(row: EmailExample) -> blocks.Stored[EmailTextForm]:
    return blocks.Stored(
        row.language_name,
        row.version,
        _form_of(row, row.text),
        derived_id("e-mail text", str(row.organisation.org_id), row.key),
        "",
        thing=KIND_NAMES[row.kind],
        terms={f"{{{{ {one.name} }}}}": one.gives for one in fields_of(row.kind)},
    )

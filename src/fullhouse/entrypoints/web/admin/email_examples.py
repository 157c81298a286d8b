"""The resource of examples: every kind of e-mail as guests get it, and tests of them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.email_texts import (
    EmailTextForm,
    EmailTextPages,
    earlier_section,
    state_text,
    state_tone,
    warning,
)
from fullhouse.entrypoints.web.admin.messages import email_document
from fullhouse.entrypoints.web.admin_actions import Action
from fullhouse.entrypoints.web.admin_views import DetailSection, EmailPreview
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Response
from fullhouse.kernel.context import Permission
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.actions.render_example import EmailExample, RenderExample
from fullhouse.messages.actions.send_test_email import RequestTestEmail
from fullhouse.messages.model.example_texts import (
    EXAMPLES_LEAD,
    NO_EXAMPLES,
    NO_SERVER,
    SEND_TEST,
    TEST_REFUSED,
    TESTS_ASKED,
)
from fullhouse.messages.model.names import KIND_NAMES
from fullhouse.messages.qr import with_qr_shown
from fullhouse.people.model.contact import readable_address

_Column = blocks.Column[EmailExample]
_COLUMNS: Final = (
    _Column("kind", _("Kind"), lambda row, text: text.translations.gettext(KIND_NAMES[row.kind])),
    _Column("language", _("Language"), lambda row, _text: row.language_name),
    _Column("text", _("Text"), state_text, tone=state_tone),
    _Column("sender", _("From"), lambda row, _text: row.organisation.sender, "csv"),
    _Column(
        "reply_to",
        _("Answers go to"),
        lambda row, _text: readable_address(row.organisation.answers_to) or "\N{EN DASH}",
        "csv",
    ),
)


class EmailExampleResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    examples: RenderExample
    request_test: RequestTestEmail
    texts: EmailTextPages

    def resource(self) -> blocks.AdminResource[EmailExample, EmailTextForm]:
        return blocks.AdminResource(
            "e-mails",
            _("How e-mails look"),
            "email",
            Permission.VIEW_MESSAGES,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: row.key,
                lead=lambda page: page.translations.gettext(EXAMPLES_LEAD),
                empty=NO_EXAMPLES,
            ),
            detail=blocks.Detail(
                load=self.examples.example,
                preview=self.preview,
                sections=self.sections,
                warning=warning,
            ),
            form=self.texts.form(),
            actions=(
                Action(
                    "test",
                    SEND_TEST,
                    self.send,
                    Permission.VIEW_MESSAGES,
                    TESTS_ASKED,
                    lambda _row: True,
                    ends=True,
                ),
                *self.texts.actions(),
            ),
            section="messages",
        )

    async def fetch(self, page: PageContext, _query: blocks.ListQuery) -> Sequence[EmailExample]:
        return await self.examples.examples(page.org_id)

    async def preview(self, page: PageContext, row: EmailExample) -> EmailPreview:
        rendered = self.examples.rendered(row)
        path = admin_path(page.organisation.slug, f"e-mails/{row.key}/html")
        return EmailPreview(rendered.text, path)

    async def sections(self, page: PageContext, row: EmailExample) -> tuple[DetailSection, ...]:
        subject = self.examples.rendered(row).subject
        return (
            DetailSection(title=page.translations.gettext("Subject"), text=subject),
            await earlier_section(page, row, self.examples.database),
        )

    async def html(self, page: PageContext) -> Response:
        """The HTML of an example for its preview."""
        example = await self.examples.example(page.org_id, page.path_parameter("key"))
        rendered = self.examples.rendered(example)
        return email_document(with_qr_shown(rendered.html, rendered.qr))

    async def send(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Send the examples to who is signed in; why one is not sent."""
        gettext, refused = page.translations.gettext, []
        if not page.sends_email:
            return (gettext(NO_SERVER),)
        for key in keys:
            example = await self.examples.example(page.org_id, key)
            async with self.texts.unit_of_work(page.context, page.org_id) as uow:
                outcome = await self.request_test(uow, example)
            if outcome != "asked":
                refused.append(gettext(TEST_REFUSED[outcome]))
        return tuple(dict.fromkeys(refused))

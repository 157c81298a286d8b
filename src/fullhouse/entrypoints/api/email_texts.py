"""Texts of e-mails: what a business writes itself, by kind and language."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.entrypoints.inputs.email_texts import EmailTextRequest
from fullhouse.entrypoints.outputs.email_texts import (
    EarlierTextListResponse,
    EarlierTextResponse,
    EmailPreviewResponse,
    EmailTextListResponse,
    EmailTextResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.context import Permission
from fullhouse.messages.actions.change_email_texts import ChangeEmailTexts
from fullhouse.messages.actions.render_example import (
    EmailExample,
    RenderExample,
    email_example,
)
from fullhouse.messages.email_text_store import earlier_email_texts
from fullhouse.messages.errors import InvalidEmailText, UnknownEmail
from fullhouse.storage.unit_of_work import UnitOfWork

_ALLOW = Permission.MANAGE_ORGANISATION
_PATH = "/api/v1/{org}/email-texts"
_ONE = f"{_PATH}/{{kind}}/{{language}}"


@dataclass(frozen=True, slots=True)
class EmailTexts:
    """The texts of the e-mails of a business."""

    examples: RenderExample
    change: ChangeEmailTexts
    tag: ClassVar[str] = "Channels"

    @operation("GET", _PATH, allow=_ALLOW)
    async def list_email_texts(self, org: OrgContext) -> EmailTextListResponse:
        """List the texts of all e-mails. A business without an offering has none."""
        found = await self.examples.examples(org.org_id)
        return EmailTextListResponse(tuple(map(EmailTextResponse.of, found)))

    @operation("GET", _ONE, allow=_ALLOW, raises=(UnknownEmail,))
    async def get_email_text(self, org: OrgContext, kind: str, language: str) -> EmailTextResponse:
        """Read the text of a kind of e-mail in a language, and the fields that it can have."""
        return EmailTextResponse.of(await self.examples.example(org.org_id, _key(kind, language)))

    @operation("PUT", _ONE, allow=_ALLOW, raises=(UnknownEmail, InvalidEmailText))
    async def set_email_text(
        self,
        uow: UnitOfWork,
        *,
        kind: str,
        language: str,
        body: EmailTextRequest,
        expected_version: int | None,
    ) -> EmailTextResponse:
        """Write the text of a kind of e-mail in a language.

        A text is plain text with fields such as `{{ name }}`, and with conditions on whether a
        field is filled in: `{% if phone %}Call {{ phone }}.{% endif %}`. `{{ button }}` or
        `{{ link }}` must be in every e-mail. The text is tried with every combination of filled and
        empty fields before it is kept; `problems` say what is wrong on which line.
        """
        example = await self._example(uow, kind, language)
        await self.change.set(uow, example.text_key, body.read(), expected_version=expected_version)
        return await self._changed(uow, example)

    @operation("POST", f"{_ONE}/reset", allow=_ALLOW, raises=(UnknownEmail,))
    async def reset_email_text(
        self, uow: UnitOfWork, kind: str, language: str
    ) -> EmailTextResponse:
        """Go back to the default text of a kind of e-mail in a language."""
        example = await self._example(uow, kind, language)
        await self.change.reset(uow, example.text_key)
        return await self._changed(uow, example)

    @operation("POST", f"{_ONE}/restore", allow=_ALLOW, raises=(UnknownEmail, InvalidEmailText))
    async def restore_email_text(
        self, uow: UnitOfWork, kind: str, language: str
    ) -> EmailTextResponse:
        """Go back to the text before the last change; done twice, it changes nothing."""
        example = await self._example(uow, kind, language)
        await self.change.restore(uow, example.text_key)
        return await self._changed(uow, example)

    @operation("GET", f"{_ONE}/earlier", allow=_ALLOW, raises=(UnknownEmail,))
    async def list_earlier_email_texts(
        self, org: OrgContext, kind: str, language: str
    ) -> EarlierTextListResponse:
        """List the last twenty texts before the present one, with who wrote them.

        Put one again to take it back.
        """
        async with self.examples.database.session() as session:
            example = await email_example(session, org.org_id, _key(kind, language))
            found = await earlier_email_texts(session, org.org_id, example.text_key)
        return EarlierTextListResponse(tuple(map(EarlierTextResponse.of, found)))

    @operation("POST", f"{_ONE}/preview", allow=_ALLOW, raises=(UnknownEmail, InvalidEmailText))
    async def preview_email_text(
        self, uow: UnitOfWork, *, kind: str, language: str, body: EmailTextRequest
    ) -> EmailPreviewResponse:
        """Show an e-mail with a text that is not kept, and with an example booking."""
        example = await self._example(uow, kind, language)
        return EmailPreviewResponse.of(self.examples.checked(example, body.read()))

    async def _example(self, uow: UnitOfWork, kind: str, language: str) -> EmailExample:
        return await email_example(uow.session, uow.org_id, _key(kind, language))

    async def _changed(self, uow: UnitOfWork, example: EmailExample) -> EmailTextResponse:
        changed = await email_example(uow.session, uow.org_id, example.key)
        return EmailTextResponse.of(changed)


def _key(kind: str, language: str) -> str:
    return f"{kind}.{language}"

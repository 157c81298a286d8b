"""Change the texts of e-mails of a business, and take a change back."""

from dataclasses import dataclass
from typing import Final

from fullhouse.kernel.errors import VersionConflict
from fullhouse.messages.email_text_store import earlier_email_texts, stored_email_text
from fullhouse.messages.events import EmailTextChanged
from fullhouse.messages.limits import EARLIER_EMAIL_TEXTS_MAX
from fullhouse.messages.model.email_texts import EmailText, EmailTextKey, StoredEmailText
from fullhouse.messages.text_templates import check_text
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork

_DEFAULT: Final = EmailText("", "", "")
_NEVER_CHANGED: Final = 0
"""The version of a text that was never changed."""


@dataclass(frozen=True, slots=True)
class ChangeEmailTexts:
    """Every change of the texts of an organisation. A text is checked before it is kept."""

    async def set(
        self,
        uow: UnitOfWork,
        key: EmailTextKey,
        text: EmailText,
        *,
        expected_version: int | None = None,
    ) -> None:
        """Raises `InvalidEmailText` and `VersionConflict`."""
        check_text(key.kind, text)
        current = await self._locked(uow, key)
        version = _NEVER_CHANGED if current is None else current.version
        if expected_version not in {None, version}:
            raise VersionConflict(version=version)
        if current is None or current.own != text:
            await self._store(uow, key, text)

    async def reset(self, uow: UnitOfWork, key: EmailTextKey) -> None:
        """Go back to the default text."""
        current = await self._locked(uow, key)
        if current is not None and current.own is not None:
            await self._store(uow, key, _DEFAULT)

    async def restore(self, uow: UnitOfWork, key: EmailTextKey) -> None:
        """Go back to the text before the last change; so twice changes nothing.

        Raises `InvalidEmailText` if it cannot be used any more.
        """
        if await self._locked(uow, key) is None:
            return
        earlier = await earlier_email_texts(uow.session, uow.org_id, key)
        previous = earlier[0].own if earlier else None
        if previous is not None:
            check_text(key.kind, previous)
        await self._store(uow, key, previous or _DEFAULT)

    async def _locked(self, uow: UnitOfWork, key: EmailTextKey) -> StoredEmailText | None:
        await locked_organisation(uow.session, uow.org_id)
        return await stored_email_text(uow.session, uow.org_id, key)

    async def _store(self, uow: UnitOfWork, key: EmailTextKey, text: EmailText) -> None:
        await uow.session.execute(
            "messages.set_email_text",
            org_id=uow.org_id,
            kind=key.kind,
            language=key.language,
            subject=text.subject,
            heading=text.heading,
            text=text.text,
            sms=text.sms,
            at=uow.now,
            by=uow.context.actor,
        )
        await uow.session.execute(
            "messages.forget_earlier_email_texts",
            org_id=uow.org_id,
            kind=key.kind,
            language=key.language,
            texts_max=EARLIER_EMAIL_TEXTS_MAX,
        )
        changed = EmailTextChanged(
            email_kind=key.kind, language=key.language, is_default=text == _DEFAULT
        )
        uow.record(uow.org_id, changed)

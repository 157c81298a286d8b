"""Texts of e-mails as rows: which a business has written itself."""

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct

from fullhouse.kernel.ids import OrgId
from fullhouse.messages.events import EmailTextFailed
from fullhouse.messages.limits import EARLIER_EMAIL_TEXTS_MAX
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.email_texts import (
    EarlierEmailText,
    EmailText,
    EmailTextKey,
    EmailTexts,
    StoredEmailText,
)
from fullhouse.people.account_messages import tell
from fullhouse.people.updates import locked_owners
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("messages")


class OwnEmailText(Struct, frozen=True):
    """A text that is not the default."""

    org_id: OrgId
    kind: EmailKind
    language: str
    subject: str
    heading: str
    text: str
    sms: str


async def email_texts_of(session: Session, org_id: OrgId) -> list[StoredEmailText]:
    """Those that were changed, also back to the default."""
    return await session.fetch("messages.email_texts_of", StoredEmailText, org_id=org_id)


async def stored_email_text(
    session: Session, org_id: OrgId, key: EmailTextKey
) -> StoredEmailText | None:
    """None for one that was never changed."""
    return await session.fetch_one(
        "messages.email_text", StoredEmailText, org_id=org_id, kind=key.kind, language=key.language
    )


async def earlier_email_texts(
    session: Session, org_id: OrgId, key: EmailTextKey
) -> list[EarlierEmailText]:
    """Those before the present one, the newest first."""
    return await session.fetch(
        "messages.earlier_email_texts",
        EarlierEmailText,
        org_id=org_id,
        kind=key.kind,
        language=key.language,
        rows_max=EARLIER_EMAIL_TEXTS_MAX,
    )


async def own_texts(session: Session, org_ids: Collection[OrgId]) -> Mapping[OrgId, EmailTexts]:
    """The texts of each of these organisations that are not the default."""
    found = await session.fetch("messages.own_email_texts", OwnEmailText, org_ids=list(org_ids))
    texts: dict[OrgId, dict[EmailTextKey, EmailText]] = {}
    for row in found:
        text = EmailText(row.subject, row.heading, row.text, row.sms)
        texts.setdefault(row.org_id, {})[EmailTextKey(row.kind, row.language)] = text
    return texts


async def note_failed_text(uow: UnitOfWork, key: EmailTextKey) -> None:
    """Keep since when a text cannot be used; its owners are told once."""
    noted = await uow.session.execute(
        "messages.note_failed_email_text",
        org_id=uow.org_id,
        kind=key.kind,
        language=key.language,
        at=uow.now,
    )
    if not noted:
        return
    uow.record(uow.org_id, EmailTextFailed(email_kind=key.kind, language=key.language))
    _LOG.warning("messages.text_failing", kind=key.kind)
    for owner in await locked_owners(uow.session, uow.org_id):
        await tell(uow, "text_failing", owner, org_id=uow.org_id)

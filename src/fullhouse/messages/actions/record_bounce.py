"""Record that an e-mail came back: on the message, and on its address when that is dead."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.events import EmailBounced
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.text import one_line
from fullhouse.messages.errors import UnknownMessage
from fullhouse.messages.limits import BOUNCE_TOLD_MINUTES, REPLY_CHARACTERS_MAX
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.bounces import (
    Bounce,
    ReturnKey,
    read_report,
    read_return_key,
    return_mac,
)
from fullhouse.messages.suppressions import address_id_of, suppress, unsubscribe
from fullhouse.people.account_messages import tell_seldom
from fullhouse.people.model.account_messages import AccountMessagePayload
from fullhouse.people.updates import locked_owners
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("messages")


class _Bounced(Struct, frozen=True):
    kind: EmailKind
    subject_id: UUID
    recipient: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class RecordBounce:
    """Safe to repeat: the first report counts, and owners are told once a day at most."""

    async def __call__(self, uow: UnitOfWork, message_id: UUID, bounce: Bounce) -> None:
        """Raises `UnknownMessage`. What was erased meanwhile suppresses no address."""
        found = await uow.session.fetch_one(
            "messages.bounce_message",
            _Bounced,
            org_id=uow.org_id,
            message_id=message_id,
            detail=one_line(f"{bounce.status} {bounce.detail}"[:REPLY_CHARACTERS_MAX]),
        )
        if found is None:
            raise UnknownMessage
        if not found.is_new:
            return
        is_dead = bounce.is_dead_address
        uow.record(found.subject_id, EmailBounced(email_kind=found.kind, is_address_dead=is_dead))
        if is_dead and found.recipient:
            await suppress(uow, address_id_of(uow.org_id, found.recipient), "bounced")
        _LOG.info("messages.bounced", kind=found.kind, status=bounce.status)
        for owner in await locked_owners(uow.session, uow.org_id):
            payload = AccountMessagePayload("email_bounced", owner, org_id=uow.org_id)
            await tell_seldom(
                uow,
                payload,
                subject=f"{uow.org_id}/{owner}",
                secret=uow.org_id.bytes,
                minutes=BOUNCE_TOLD_MINUTES,
            )

    async def complaint(self, uow: UnitOfWork, message_id: UUID) -> None:
        """Unsubscribe who called a message spam. Raises `UnknownMessage`."""
        recipient = await uow.session.fetch_value(
            "messages.recipient_of_message", str, org_id=uow.org_id, message_id=message_id
        )
        if recipient is None:
            raise UnknownMessage
        if recipient:
            await unsubscribe(uow, address_id_of(uow.org_id, recipient))


@dataclass(frozen=True, slots=True)
class TakeReturnedMail:
    """Reads what came to a return address of ours."""

    unit_of_work: UnitOfWorkFactory
    signer: LinkSigner
    record: RecordBounce
    metrics: MessageMetrics

    async def __call__(self, raw: bytes, recipient: str = "") -> bool:
        """Whether it was a report about an e-mail of ours; its address proves which."""
        report = read_report(raw, recipient)
        for text in report.keys if report else ():
            key = read_return_key(text)
            if report is None or key is None or not self._is_ours(key):
                continue
            try:
                async with self.unit_of_work.by_system(OrgId(key.org_id)) as uow:
                    await self.record(uow, key.message_id, report.bounce)
            except UnknownMessage:
                continue
            self.metrics.outcomes.labels("any", "bounced").inc()
            return True
        return False

    def _is_ours(self, key: ReturnKey) -> bool:
        token = self.signer.token("bounce", OrgId(key.org_id), key.message_id)
        return key.mac == return_mac(token)

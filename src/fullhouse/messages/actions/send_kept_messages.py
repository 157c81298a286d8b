"""Send the e-mails that were kept while there was no mail server, now that there is one."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.messages.actions.retry_message import retry_message
from fullhouse.messages.errors import MessageNotRetryable
from fullhouse.messages.limits import KEPT_MESSAGES_DAYS_MAX, KEPT_MESSAGES_SENT_AT_ONCE_MAX
from fullhouse.messages.model import EmailKind, fits_status
from fullhouse.people.model import Organisation
from fullhouse.people.model.contact import INVENTED_DOMAIN
from fullhouse.people.reads.organisations import organisations
from fullhouse.storage.database import Database
from fullhouse.storage.sweeps import for_each, for_each_organisation
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("messages")


class _KeptMessage(Struct, frozen=True):
    message_id: UUID
    kind: EmailKind
    status: str


@dataclass(frozen=True, slots=True)
class SendKeptMessages:
    """Of each booking that is to come the newest, if it is still true; earlier ones are history."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(self) -> int:
        """How many are sent."""
        async with self.database.unrestricted.session() as session:
            found = await organisations(session)
        count = sum(await for_each_organisation(found, self._send))
        if count:
            _LOG.info("messages.kept_are_sent", count=count)
        return count

    async def _send(self, organisation: Organisation) -> int:
        org_id, now = organisation.org_id, self.clock.now()
        async with self.database.unrestricted.session() as session:
            kept = await session.fetch(
                "messages.kept_messages",
                _KeptMessage,
                org_id=org_id,
                now=now,
                since=now - timedelta(days=KEPT_MESSAGES_DAYS_MAX),
                invented=f"%@{INVENTED_DOMAIN}",
                rows_max=KEPT_MESSAGES_SENT_AT_ONCE_MAX,
            )
        fitting = [one.message_id for one in kept if fits_status(one.kind, one.status)]
        send = partial(self._retry, org_id)
        return sum(await for_each(fitting, send, name=lambda message_id: f"message {message_id}"))

    async def _retry(self, org_id: OrgId, message_id: UUID) -> bool:
        """False for one that was sent or discarded since the list was read."""
        try:
            async with self.database.unrestricted.transaction() as session:
                await retry_message(session, org_id, message_id, correlation_id=self.ids.uuid())
        except MessageNotRetryable:
            return False
        return True

"""Discard an e-mail that was not sent: it is not listed any more."""

from uuid import UUID

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


async def discard_message(session: Session, org_id: OrgId, message_id: UUID) -> bool:
    """End an undeliverable or rate-limited e-mail without an attempt; False if it is neither."""
    discarded = await session.execute(
        "messages.discard_message", org_id=org_id, message_id=message_id
    )
    return bool(discarded)

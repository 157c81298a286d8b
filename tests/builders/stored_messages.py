"""The e-mails that are stored."""

from fullhouse.kernel.ids import OrgId
from fullhouse.messages.model import Message
from fullhouse.messages.reads import MessageSearch, find_messages, message_by_id
from fullhouse.storage.database import Session


async def stored_messages(session: Session, org_id: OrgId) -> list[Message]:
    """All e-mails of an organisation, whole, the newest first."""
    found = await find_messages(session, org_id, MessageSearch(limit=1_000))
    messages = [await message_by_id(session, org_id, one.message_id) for one in found]
    return [message for message in messages if message is not None]

"""Staff at work: whose a session's token is."""

from datetime import datetime

from fullhouse.people.model import StaffMember, secret_hash
from fullhouse.storage.database import Session


async def session_holder(session: Session, token: str, *, now: datetime) -> StaffMember | None:
    """The member of staff with this token, until the session ends."""
    return await session.fetch_one(
        "people.staff_session_by_token", StaffMember, token_hash=secret_hash(token), now=now
    )

"""Staff sessions and the links that open them."""

from datetime import datetime
from uuid import UUID

from fullhouse.kernel.ids import OrgId
from fullhouse.people.errors import SignInLinkSpent
from fullhouse.people.model import StaffSession, hash_token
from fullhouse.storage.database import Session


async def staff_session(session: Session, token: str, *, now: datetime) -> StaffSession | None:
    """The staff session with this token, until it ends."""
    return await session.fetch_one(
        "people.staff_session_by_token", StaffSession, token_hash=hash_token(token), now=now
    )


async def organisation_of_link(session: Session, token: str) -> OrgId:
    """For which organisation a link signs in; raises `SignInLinkSpent` for one never issued."""
    org_id = await session.fetch_value(
        "people.organisation_of_link", UUID, token_hash=hash_token(token)
    )
    if org_id is None:
        raise SignInLinkSpent
    return OrgId(org_id)

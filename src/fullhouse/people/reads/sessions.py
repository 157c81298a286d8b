"""Sessions, the links that open them, and the businesses of a person."""

from datetime import datetime, timedelta
from uuid import UUID

from fullhouse.kernel.ids import OrgId
from fullhouse.people.errors import SignInLinkSpent
from fullhouse.people.limits import MEMBERSHIPS_LISTED_MAX, SESSION_USE_NOTED_SECONDS
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.accounts import AccountSession, Membership, SessionKind
from fullhouse.storage.database import Session


async def account_session(
    session: Session, token: str, org_id: OrgId, *, kind: SessionKind = "pages", now: datetime
) -> AccountSession | None:
    """The session with this token, until it ends, with the role at an organisation."""
    return await session.fetch_one(
        "people.account_session_by_token",
        AccountSession,
        token_hash=hash_token(token),
        kind=kind,
        org_id=org_id,
        now=now,
        noted_before=now - timedelta(seconds=SESSION_USE_NOTED_SECONDS),
    )


async def memberships_of(session: Session, account_id: AccountId) -> list[Membership]:
    """The businesses that a person works for, by name; at most `MEMBERSHIPS_LISTED_MAX`."""
    return await session.fetch(
        "people.memberships_of", Membership, account_id=account_id, count=MEMBERSHIPS_LISTED_MAX
    )


async def organisation_of_link(session: Session, token: str) -> OrgId:
    """For which organisation a link signs in; raises `SignInLinkSpent` for one never issued."""
    org_id = await session.fetch_value(
        "people.organisation_of_link", UUID, token_hash=hash_token(token)
    )
    if org_id is None:
        raise SignInLinkSpent
    return OrgId(org_id)

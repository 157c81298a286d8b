"""What the pages of an account and of a team show."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.people.errors import SignInLinkSpent, UnknownAccount, UnknownInvitation
from fullhouse.people.limits import (
    EMAIL_CHANGE_HOURS,
    INVITATIONS_OPEN_MAX,
    MEMBERS_LISTED_MAX,
    SESSIONS_LISTED_MAX,
)
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.accounts import AccountProfile, SessionId, SessionKind
from fullhouse.people.model.contact import email_address
from fullhouse.people.model.invitations import Invitation, InvitationId, Member
from fullhouse.people.password_check import StoredCredentials
from fullhouse.people.reads.profiles import account_profile
from fullhouse.storage.database import Session


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its owner recognises it."""

    session_id: SessionId
    kind: SessionKind
    created_at: datetime
    last_seen_at: datetime
    network: str
    user_agent: str
    is_this: bool
    """Whether it is the one that asks."""


@dataclass(frozen=True, slots=True)
class LinkOwner:
    """What others know of the person to whom a link was sent."""

    name: str
    email: str | None


async def sessions_of(
    session: Session, account_id: AccountId, *, token: str, now: datetime
) -> list[SessionRow]:
    """The sessions of a person, the latest seen first; at most `SESSIONS_LISTED_MAX`."""
    return await session.fetch(
        "people.sessions_of",
        SessionRow,
        account_id=account_id,
        token_hash=hash_token(token),
        now=now,
        count=SESSIONS_LISTED_MAX,
    )


async def recovery_codes_left(session: Session, account_id: AccountId) -> int:
    found = await session.fetch_value("people.recovery_codes_left", int, account_id=account_id)
    return found or 0


async def waiting_email(session: Session, account_id: AccountId, *, now: datetime) -> str | None:
    """The address to which a change waits for both sides to agree."""
    since = now - timedelta(hours=EMAIL_CHANGE_HOURS)
    return await session.fetch_value(
        "people.waiting_email_change", str, account_id=account_id, since=since
    )


async def require_open_link(session: Session, token: str, *, now: datetime) -> LinkOwner:
    """Whose link it is. Raises `SignInLinkSpent` for one that was used or has expired."""
    owner = await session.fetch_one(
        "people.person_of_link", LinkOwner, token_hash=hash_token(token), now=now
    )
    if owner is None:
        raise SignInLinkSpent
    return owner


async def sign_up_email(session: Session, token: str, *, now: datetime) -> str:
    """For which address a link makes an account. Raises `SignInLinkSpent`, as of other links."""
    email = await session.fetch_value(
        "people.email_of_sign_up_link", str, token_hash=hash_token(token), now=now
    )
    if email is None:
        raise SignInLinkSpent
    return email


async def credentials_of(session: Session, email: str) -> StoredCredentials | None:
    """Whose address this is, verified or not."""
    return await session.fetch_one("people.account_of_email", StoredCredentials, email=email)


async def find_account(session: Session, named: str) -> AccountProfile:
    """The account of an e-mail address, or with an id. Raises `UnknownAccount`."""
    account_id = None
    with suppress(ValueError):
        account_id = UUID(named.strip())
    if account_id is None:
        with suppress(InvalidInput):
            email = email_address(named)
            account_id = await session.fetch_value("people.account_id_of_email", UUID, email=email)
    found = None if account_id is None else await account_profile(session, AccountId(account_id))
    if found is None:
        raise UnknownAccount
    return found


async def has_account(session: Session, email: str) -> bool:
    """Whether somebody has this address."""
    return bool(await session.fetch_value("people.has_account", bool, email=email))


async def members(session: Session, org_id: OrgId) -> list[Member]:
    """Who works for a business, by name; at most `MEMBERS_LISTED_MAX`."""
    return await session.fetch("people.members", Member, org_id=org_id, count=MEMBERS_LISTED_MAX)


async def open_invitations(session: Session, org_id: OrgId, *, now: datetime) -> list[Invitation]:
    """Those that were not answered yet, the newest first."""
    return await session.fetch(
        "people.open_invitations", Invitation, org_id=org_id, now=now, count=INVITATIONS_OPEN_MAX
    )


async def invitation_by_id(
    session: Session, org_id: OrgId, invitation_id: InvitationId, *, now: datetime
) -> Invitation:
    """Raises `UnknownInvitation` for one that was answered, taken back, or has expired."""
    found = await session.fetch_one(
        "people.invitation_by_id", Invitation, org_id=org_id, invitation_id=invitation_id, now=now
    )
    if found is None:
        raise UnknownInvitation
    return found


async def invitation_by_token(session: Session, token: str, *, now: datetime) -> Invitation:
    """Raises `SignInLinkSpent` for a link that is none, or not any more."""
    found = await session.fetch_one(
        "people.invitation_by_token", Invitation, token_hash=hash_token(token), now=now
    )
    if found is None:
        raise SignInLinkSpent
    return found

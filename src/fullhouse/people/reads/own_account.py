"""An account as its owner sees it: how she signs in, and where she is signed in."""

from datetime import datetime

from msgspec import Struct

from fullhouse.people.code_check import has_second_factor
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.model import AccountId
from fullhouse.people.model.accounts import AccountProfile
from fullhouse.people.reads.accounts import (
    SessionRow,
    recovery_codes_left,
    sessions_of,
    waiting_email,
)
from fullhouse.people.reads.profiles import account_profile
from fullhouse.storage.database import Session


class OwnAccount(Struct, frozen=True, kw_only=True):
    """What the page of an account shows."""

    account: AccountProfile
    has_second_factor: bool
    recovery_codes_left: int
    waiting_email: str | None
    """The address to which a change waits for both sides."""
    sessions: tuple[SessionRow, ...]


async def own_account(
    session: Session, account_id: AccountId, *, token: str, now: datetime
) -> OwnAccount:
    """`token` is that of the session that asks. Raises `NotSignedIn` for no account."""
    account = await account_profile(session, account_id)
    if account is None:
        raise NotSignedIn
    return OwnAccount(
        account=account,
        has_second_factor=await has_second_factor(session, account_id),
        recovery_codes_left=await recovery_codes_left(session, account_id),
        waiting_email=await waiting_email(session, account_id, now=now),
        sessions=tuple(await sessions_of(session, account_id, token=token, now=now)),
    )

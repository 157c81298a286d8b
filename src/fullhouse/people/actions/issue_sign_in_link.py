"""Issue a one-time link that signs a member of an organisation in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import AccountIsDisabled
from fullhouse.people.events import SignInLinkIssued
from fullhouse.people.limits import SIGN_IN_LINK_HOURS
from fullhouse.people.model import AccountId, hash_token
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class IssuedSignInLink:
    """The token that goes into the link; only its hash is stored."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class IssueSignInLink:
    """Makes a link that works once. `ids` must draw from the system's randomness."""

    ids: Ids

    async def __call__(self, uow: UnitOfWork, account_id: AccountId) -> IssuedSignInLink:
        """A link for a member, see `GrantRole`. Raises `AccountIsDisabled`."""
        link = IssuedSignInLink(self.ids.secret(), uow.now + timedelta(hours=SIGN_IN_LINK_HOURS))
        added = await uow.session.execute(
            "people.add_sign_in_link",
            org_id=uow.org_id,
            token_hash=hash_token(link.token),
            account_id=account_id,
            expires_at=link.expires_at,
        )
        if not added:
            raise AccountIsDisabled
        uow.record(uow.org_id, SignInLinkIssued(account_id=account_id))
        return link

"""Redeem a sign-in link: open a session for the member it was issued to."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fullhouse.kernel.ids import Ids
from fullhouse.people.account_messages import tell
from fullhouse.people.errors import SignInLinkSpent
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.accounts import SessionClient
from fullhouse.people.updates import open_pages_session
from fullhouse.storage.unit_of_work import UnitOfWork

_UNKNOWN_CLIENT: Final = SessionClient()


@dataclass(frozen=True, slots=True)
class RedeemSignInLink:
    """Uses a link up and opens a session; the person is told, for somebody else may have had it.

    `ids` must draw from the system's randomness.
    """

    ids: Ids

    async def __call__(
        self, uow: UnitOfWork, token: str, *, client: SessionClient = _UNKNOWN_CLIENT
    ) -> str:
        """The session's token, for a cookie; only its hash is stored.

        The unit of work is of the link's organisation, see `reads.sessions.organisation_of_link`.
        Raises `SignInLinkSpent` for a link that was used before or has expired.
        """
        account_id = await uow.session.fetch_value(
            "people.redeem_sign_in_link",
            UUID,
            org_id=uow.org_id,
            token_hash=hash_token(token),
            now=uow.now,
        )
        if account_id is None:
            raise SignInLinkSpent
        opened = await open_pages_session(uow, AccountId(account_id), client, ids=self.ids)
        await tell(uow, "signed_in_by_link", opened.account_id)
        return opened.token

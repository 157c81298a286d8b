"""Redeem a sign-in link: open a session for the member it was issued to."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import SignInLinkSpent
from fullhouse.people.events import StaffSignedIn
from fullhouse.people.limits import STAFF_SESSION_HOURS
from fullhouse.people.model import hash_token
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RedeemSignInLink:
    """Uses a link up and opens a session. `ids` must draw from the system's randomness."""

    ids: Ids

    async def __call__(self, uow: UnitOfWork, token: str) -> str:
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
        session_token = self.ids.secret()
        await uow.session.execute(
            "people.add_staff_session",
            org_id=uow.org_id,
            token_hash=hash_token(session_token),
            account_id=account_id,
            expires_at=uow.now + timedelta(hours=STAFF_SESSION_HOURS),
        )
        uow.record(account_id, StaffSignedIn())
        return session_token

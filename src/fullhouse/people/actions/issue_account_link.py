"""Issue the token of a link that an e-mail carries."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.limits import EMAIL_CHANGE_HOURS, RESET_LINK_MINUTES, SIGN_UP_LINK_MINUTES
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.invitations import InvitationId
from fullhouse.storage.database import Database

LinkPurpose = Literal["reset", "confirm_email", "approve_email", "sign_up"]
_LASTS = {
    "reset": timedelta(minutes=RESET_LINK_MINUTES),
    "confirm_email": timedelta(hours=EMAIL_CHANGE_HOURS),
    "approve_email": timedelta(hours=EMAIL_CHANGE_HOURS),
    "sign_up": timedelta(minutes=SIGN_UP_LINK_MINUTES),
}


@dataclass(frozen=True, slots=True)
class IssueAccountLink:
    """Makes a token at the moment of sending; only its hash is stored. `ids` must be random."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(
        self, account_id: AccountId | None, purpose: LinkPurpose, *, email: str
    ) -> str:
        """The token of a link for a person; with the purpose `sign_up` for nobody yet."""
        token = self.ids.secret()
        async with self.database.session() as session:
            await session.execute(
                "people.add_account_link",
                token_hash=hash_token(token),
                account_id=account_id,
                purpose=purpose,
                email=email,
                expires_at=self.clock.now() + _LASTS[purpose],
            )
        return token

    async def invitation(self, org_id: OrgId, invitation_id: InvitationId) -> str | None:
        """The token of an invitation that is still open, in place of an earlier one."""
        token = self.ids.secret()
        async with self.database.session() as session:
            issued = await session.execute(
                "people.set_invitation_token",
                org_id=org_id,
                invitation_id=invitation_id,
                token_hash=hash_token(token),
                is_handed_over=False,
                now=self.clock.now(),
            )
        return token if issued else None

"""Accept an invitation: with the account that one has, or with a new one."""

from dataclasses import dataclass

from msgspec import Struct, convert

from fullhouse.kernel.ids import OrgId
from fullhouse.people.actions.add_account import AddAccount
from fullhouse.people.actions.grant_role import GrantRole
from fullhouse.people.errors import SignInLinkSpent
from fullhouse.people.events import InvitationAccepted, PasswordChanged
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.invitations import InvitationId, WorkRole
from fullhouse.people.model.roles import ROLES, Role
from fullhouse.storage.unit_of_work import UnitOfWork


class AcceptedInvitation(Struct, frozen=True):
    """An invitation as it is accepted."""

    org_id: OrgId
    invitation_id: InvitationId
    email: str
    role: WorkRole
    is_handed_over: bool


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Makes the person a member; of two who use the link one gets in."""

    add_account: AddAccount
    grant_role: GrantRole

    async def by_new_account(
        self, uow: UnitOfWork, token: str, *, name: str, password_hash: str
    ) -> AccountId:
        """A new person. A link that was sent there proves that the address is hers.

        Raises `SignInLinkSpent`, and `EmailTaken` when the address has an account already: the link
        alone must not set its password.
        """
        accepted = await _use(uow, token)
        account_id = await self.add_account.new(
            uow, name=name, email=accepted.email, is_verified=not accepted.is_handed_over
        )
        await uow.session.execute(
            "people.set_password", account_id=account_id, password_hash=password_hash
        )
        uow.record(account_id, PasswordChanged(account_id=account_id))
        await self._join(uow, account_id, accepted)
        return account_id

    async def by_account(self, uow: UnitOfWork, token: str, account_id: AccountId) -> None:
        """A person who is signed in. Raises `SignInLinkSpent`."""
        await self._join(uow, account_id, await _use(uow, token))

    async def _join(
        self, uow: UnitOfWork, account_id: AccountId, accepted: AcceptedInvitation
    ) -> None:
        """An invitation takes nothing away: it was for another address, and she may be an owner."""
        before = await uow.session.fetch_value(
            "people.role_of_member", str, org_id=uow.org_id, account_id=account_id
        )
        if before is None or not ROLES[accepted.role] <= ROLES[convert(before, Role)]:
            await self.grant_role.set_role(uow, account_id, accepted.role)
        uow.record(accepted.invitation_id, InvitationAccepted(account_id=account_id))


async def _use(uow: UnitOfWork, token: str) -> AcceptedInvitation:
    accepted = await uow.session.fetch_one(
        "people.accept_invitation",
        AcceptedInvitation,
        org_id=uow.org_id,
        token_hash=hash_token(token),
        now=uow.now,
    )
    if accepted is None:
        raise SignInLinkSpent
    return accepted

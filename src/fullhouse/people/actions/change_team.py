"""Change the team of a business by what its list shows: members and invitations alike."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.people.actions.change_member import ChangeMember
from fullhouse.people.actions.invite_member import InviteMember, RevokeInvitation
from fullhouse.people.model import AccountId
from fullhouse.people.model.contact import email_address
from fullhouse.people.model.invitations import Invitation, InvitationId, WorkRole
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeTeam:
    """Invites, gives roles, and removes, whichever of both an entry of the list is."""

    invite: InviteMember
    revoke: RevokeInvitation
    members: ChangeMember

    async def add(self, uow: UnitOfWork, *, email: str, role: WorkRole) -> UUID:
        """The id of the invitation. Raises `InvalidInput`, and as `InviteMember`."""
        address = email_address(email)
        return (await self.invite(uow, email=address, role=role)).invitation_id

    async def role(self, uow: UnitOfWork, entry_id: UUID, *, email: str, role: WorkRole) -> UUID:
        """The entry's id, which is another one for an invitation: its e-mail names the role."""
        if await self._is_invitation(uow, entry_id):
            return await self.add(uow, email=email, role=role)
        await self.members.role(uow, AccountId(entry_id), role)
        return entry_id

    async def remove(self, uow: UnitOfWork, entry_id: UUID) -> None:
        """Raises `LastOwner`, and `UnknownMember` for neither a member nor an invitation."""
        if await self._is_invitation(uow, entry_id):
            await self.revoke(uow, InvitationId(entry_id))
        else:
            await self.members.remove(uow, AccountId(entry_id))

    async def _is_invitation(self, uow: UnitOfWork, entry_id: UUID) -> bool:
        found = await uow.session.fetch_one(
            "people.invitation_by_id",
            Invitation,
            org_id=uow.org_id,
            invitation_id=entry_id,
            now=uow.now,
        )
        return found is not None

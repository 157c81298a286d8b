"""Change the team of a business by what its list shows: members and invitations alike."""

from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct

from fullhouse.people.actions.change_member import ChangeMember
from fullhouse.people.actions.invite_member import InviteMember, RevokeInvitation
from fullhouse.people.errors import NotSignedInYet
from fullhouse.people.model import AccountId
from fullhouse.people.model.contact import email_address
from fullhouse.people.model.invitations import Invitation, InvitationId, WorkRole
from fullhouse.storage.unit_of_work import UnitOfWork


class ChangedEntry(Struct, frozen=True):
    """An entry of the list; of an invitation that is handed over with the token of its link."""

    entry_id: UUID
    token: str = ""


@dataclass(frozen=True, slots=True)
class ChangeTeam:
    """Invites, gives roles, and removes, whichever of both an entry of the list is.

    Without e-mails (`by_email`) an invitation has a link that its inviter hands over.
    """

    invite: InviteMember
    revoke: RevokeInvitation
    members: ChangeMember

    async def add(
        self, uow: UnitOfWork, *, email: str, role: WorkRole, by_email: bool = True
    ) -> ChangedEntry:
        """Invite an address. Raises `InvalidInput`, and as `InviteMember`."""
        address = email_address(email)
        if by_email:
            invited = await self.invite(uow, email=address, role=role)
            return ChangedEntry(invited.invitation_id)
        invited, token = await self.invite.by_hand(uow, email=address, role=role)
        return ChangedEntry(invited.invitation_id, token)

    async def role(
        self,
        uow: UnitOfWork,
        entry_id: UUID,
        *,
        email: str,
        role: WorkRole,
        by_email: bool = True,
    ) -> ChangedEntry:
        """The entry, which has another id if it is an invitation: its link names the role."""
        if await self._is_invitation(uow, entry_id):
            return await self.add(uow, email=email, role=role, by_email=by_email)
        await self.members.role(uow, AccountId(entry_id), role)
        return ChangedEntry(entry_id)

    async def remove(self, uow: UnitOfWork, entry_id: UUID) -> None:
        """Raises `LastOwner`, and `UnknownMember` for neither a member nor an invitation."""
        if await self._is_invitation(uow, entry_id):
            await self.revoke(uow, InvitationId(entry_id))
        else:
            await self.members.remove(uow, AccountId(entry_id))

    async def end_sessions(self, uow: UnitOfWork, entry_id: UUID) -> None:
        """End what a member's sessions open here. Raises `UnknownMember` and `NotSignedInYet`."""
        if await self._is_invitation(uow, entry_id):
            raise NotSignedInYet
        await self.members.end_sessions(uow, AccountId(entry_id))

    async def _is_invitation(self, uow: UnitOfWork, entry_id: UUID) -> bool:
        found = await uow.session.fetch_one(
            "people.invitation_by_id",
            Invitation,
            org_id=uow.org_id,
            invitation_id=entry_id,
            now=uow.now,
        )
        return found is not None

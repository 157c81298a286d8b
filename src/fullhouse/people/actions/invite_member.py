"""Invite people to work for a business, and take an invitation back."""

from dataclasses import dataclass
from datetime import timedelta

from msgspec import Struct

from fullhouse.jobs.effects import EffectRequest, Priority, enqueue
from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import (
    AlreadyMember,
    InvitedTooOften,
    TooManyInvitations,
    UnknownInvitation,
)
from fullhouse.people.events import InvitationRevoked, MemberInvited
from fullhouse.people.limits import (
    INVITATION_DAYS,
    INVITATIONS_A_DAY_MAX,
    INVITATIONS_OPEN_MAX,
    INVITATIONS_TO_ADDRESS_A_DAY_MAX,
)
from fullhouse.people.model import hash_token
from fullhouse.people.model.account_messages import SEND_ACCOUNT_MESSAGE, AccountMessagePayload
from fullhouse.people.model.invitations import Invitation, InvitationId, WorkRole
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Invites an e-mail address; the invitation of before is replaced, and its link ends.

    `ids` must draw from the system's randomness.
    """

    ids: Ids

    async def __call__(self, uow: UnitOfWork, *, email: str, role: WorkRole) -> Invitation:
        """Invite by e-mail. Raises `AlreadyMember`, `TooManyInvitations` and `InvitedTooOften`."""
        await locked_organisation(uow.session, uow.org_id)  # so that counting is exact
        await _refuse_too_many(uow, email)
        invitation = await self._add(uow, email, role)
        await self._send(uow, invitation.invitation_id)
        return invitation

    async def by_hand(
        self, uow: UnitOfWork, *, email: str, role: WorkRole
    ) -> tuple[Invitation, str]:
        """Invite without an e-mail: with the token of the link, which is handed over.

        Only its hash is stored. Raises `AlreadyMember` and `TooManyInvitations`.
        """
        await locked_organisation(uow.session, uow.org_id)
        invitation, token = await self._add(uow, email, role), self.ids.secret()
        await uow.session.execute(
            "people.set_invitation_token",
            org_id=uow.org_id,
            invitation_id=invitation.invitation_id,
            token_hash=hash_token(token),
            is_handed_over=True,
            now=uow.now,
        )
        return invitation, token

    async def _add(self, uow: UnitOfWork, email: str, role: WorkRole) -> Invitation:
        session, invitation_id = uow.session, InvitationId(self.ids.uuid())
        if await session.fetch_value(
            "people.is_member_email", bool, org_id=uow.org_id, email=email
        ):
            raise AlreadyMember
        await session.execute(
            "people.revoke_invitation_of", org_id=uow.org_id, email=email, now=uow.now
        )
        count = await session.fetch_value(
            "people.invitations_open", int, org_id=uow.org_id, now=uow.now
        )
        if (count or 0) >= INVITATIONS_OPEN_MAX:
            raise TooManyInvitations(limit=INVITATIONS_OPEN_MAX)
        expires_at = uow.now + timedelta(days=INVITATION_DAYS)
        invitation = Invitation(uow.org_id, invitation_id, email, role, uow.now, expires_at)
        await session.execute(
            "people.add_invitation",
            org_id=uow.org_id,
            invitation_id=invitation_id,
            email=email,
            role=role,
            now=uow.now,
            expires_at=expires_at,
        )
        uow.record(invitation_id, MemberInvited(role=role))
        return invitation

    async def _send(self, uow: UnitOfWork, invitation_id: InvitationId) -> None:
        request = EffectRequest(
            org_id=uow.org_id,
            key=f"{SEND_ACCOUNT_MESSAGE}/invitation/{invitation_id}",
            kind=SEND_ACCOUNT_MESSAGE,
            subject=invitation_id,
            correlation_id=uow.context.correlation_id,
            payload=AccountMessagePayload("invitation"),
            priority=Priority.URGENT,
        )
        await enqueue(uow.session, [request])


class _Made(Struct, frozen=True):
    made: int
    made_to_address: int


async def _refuse_too_many(uow: UnitOfWork, email: str) -> None:
    found = await uow.session.fetch_one(
        "people.invitations_since",
        _Made,
        org_id=uow.org_id,
        email=email,
        since=uow.now - timedelta(days=1),
    )
    assert found is not None, "a count is a row"
    if found.made_to_address >= INVITATIONS_TO_ADDRESS_A_DAY_MAX:
        raise InvitedTooOften(limit=INVITATIONS_TO_ADDRESS_A_DAY_MAX)
    if found.made >= INVITATIONS_A_DAY_MAX:
        raise InvitedTooOften(limit=INVITATIONS_A_DAY_MAX)


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """Takes an invitation back; its link ends."""

    async def __call__(self, uow: UnitOfWork, invitation_id: InvitationId) -> None:
        """Raises `UnknownInvitation` for one that was accepted or revoked."""
        revoked = await uow.session.execute(
            "people.revoke_invitation",
            org_id=uow.org_id,
            invitation_id=invitation_id,
            now=uow.now,
        )
        if not revoked:
            raise UnknownInvitation
        uow.record(invitation_id, InvitationRevoked())

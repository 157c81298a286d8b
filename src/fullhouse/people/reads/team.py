"""Who works for a business, and who was invited to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.errors import UnknownMember
from fullhouse.people.model.roles import Role
from fullhouse.people.reads.accounts import members, open_invitations
from fullhouse.storage.database import Session


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """A member, or somebody who has not answered an invitation yet."""

    entry_id: UUID
    """The id of the account, or of the invitation."""
    name: str
    """Empty for somebody who was invited."""
    email: str
    role: Role
    is_member: bool
    seen_at: datetime | None
    """When a member was last seen, or until when an invitation can be accepted."""
    is_disabled: bool = False
    """Whether nobody can sign in to the member's account."""

    @property
    def can_work(self) -> bool:
        return self.is_member and not self.is_disabled

    @property
    def state_name(self) -> str:
        """Of the catalogues."""
        if self.is_disabled:
            return gettext_noop("Account disabled")
        return gettext_noop("Works here") if self.is_member else gettext_noop("Invited")

    @property
    def title(self) -> str:
        return self.name or self.email


async def team(session: Session, org_id: OrgId, *, now: datetime) -> list[TeamEntry]:
    """The members by name, then those who were invited."""
    joined = [
        TeamEntry(
            one.account_id,
            one.name,
            one.email or "",
            one.role,
            is_member=True,
            seen_at=one.last_seen_at,
            is_disabled=one.is_disabled,
        )
        for one in await members(session, org_id)
    ]
    invited = [
        TeamEntry(one.invitation_id, "", one.email, one.role, False, one.expires_at)  # noqa: FBT003 - a row
        for one in await open_invitations(session, org_id, now=now)
    ]
    return [*joined, *invited]


async def team_entry(session: Session, org_id: OrgId, key: str, *, now: datetime) -> TeamEntry:
    """Raises `UnknownMember` for an id of neither."""
    for entry in await team(session, org_id, now=now):
        if str(entry.entry_id) == key:
            return entry
    raise UnknownMember

"""Invitations to work for a business, and its members."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType
from uuid import UUID

from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import AccountId
from fullhouse.people.model.roles import Role

InvitationId = NewType("InvitationId", UUID)

WorkRole = Literal["staff", "admin", "owner"]
"""A role of those who work for a business."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that was neither accepted nor revoked."""

    org_id: OrgId
    invitation_id: InvitationId
    email: str
    role: WorkRole
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works for a business."""

    account_id: AccountId
    name: str
    email: str | None
    role: Role
    last_seen_at: datetime | None
    is_disabled: bool = False

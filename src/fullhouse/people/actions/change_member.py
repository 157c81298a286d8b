"""Give a member another role, or remove her; a business keeps an owner."""

from dataclasses import dataclass

from msgspec import Struct

from fullhouse.people.actions.grant_role import GrantRole
from fullhouse.people.errors import LastOwner, UnknownMember
from fullhouse.people.events import MemberRemoved
from fullhouse.people.model import AccountId
from fullhouse.people.model.invitations import WorkRole
from fullhouse.storage.unit_of_work import UnitOfWork


class OwnerRow(Struct, frozen=True):
    """An owner, locked until the transaction ends."""

    account_id: AccountId


@dataclass(frozen=True, slots=True)
class ChangeMember:
    """Changes and removes members."""

    grant_role: GrantRole

    async def role(self, uow: UnitOfWork, account_id: AccountId, role: WorkRole) -> None:
        """Raises `UnknownMember`, and `LastOwner` when nobody else would own the business."""
        await _keep_an_owner(uow, account_id, stays_owner=role == "owner")
        await self.grant_role.set_role(uow, account_id, role)

    async def remove(self, uow: UnitOfWork, account_id: AccountId) -> None:
        """Raises as above. Her sessions go on, and open nothing here any more."""
        await _keep_an_owner(uow, account_id, stays_owner=False)
        await uow.session.execute(
            "people.end_sign_in_links", org_id=uow.org_id, account_id=account_id
        )
        await uow.session.execute("people.remove_member", org_id=uow.org_id, account_id=account_id)
        uow.record(account_id, MemberRemoved(account_id=account_id))


async def _keep_an_owner(uow: UnitOfWork, account_id: AccountId, *, stays_owner: bool) -> None:
    """Lock the owners, so that of two who remove each other one stays."""
    owners = await uow.session.fetch("people.lock_owners", OwnerRow, org_id=uow.org_id)
    role = await uow.session.fetch_value(
        "people.role_of_member", str, org_id=uow.org_id, account_id=account_id
    )
    if role is None:
        raise UnknownMember
    if not stays_owner and [owner.account_id for owner in owners] == [account_id]:
        raise LastOwner

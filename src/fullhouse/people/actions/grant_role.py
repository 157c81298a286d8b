"""Give a person a role in an organisation."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import UnknownOrganisation
from fullhouse.people.events import RoleGranted
from fullhouse.people.model import AccountId
from fullhouse.people.model.roles import Role
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class GrantRole:
    """Makes a person a member, or gives a member another role."""

    ids: Ids

    async def __call__(self, uow: UnitOfWork, *, name: str, role: Role | None = None) -> AccountId:
        """The account of the member of that name, who becomes one when there is none yet.

        Without a `role` a member keeps hers, and a new member is an owner. Raises
        `UnknownOrganisation`.
        """
        found = await uow.session.fetch_value(
            "people.member_by_name", UUID, org_id=uow.org_id, name=name
        )
        account_id = AccountId(found or self.ids.uuid())
        if found is None:
            await uow.session.execute(
                "people.add_account", account_id=account_id, name=name, created_at=uow.now
            )
            role = role or "owner"
        if role is not None:
            await self.set_role(uow, account_id, role)
        return account_id

    async def set_role(self, uow: UnitOfWork, account_id: AccountId, role: Role) -> None:
        """Give an account a role; raises `UnknownOrganisation`."""
        try:
            given = await uow.session.fetch_value(
                "people.set_role", str, org_id=uow.org_id, account_id=account_id, role=role
            )
        except asyncpg.ForeignKeyViolationError as error:
            raise UnknownOrganisation from error
        if given is not None:
            uow.record(account_id, RoleGranted(account_id=account_id, role=role))

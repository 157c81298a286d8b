"""Add a person to the installation, or let one run it."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.kernel.ids import Ids
from fullhouse.people.errors import EmailTaken
from fullhouse.people.events import AccountAdded, OperatorChanged
from fullhouse.people.model import AccountId
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AddAccount:
    """Finds the account of an e-mail address, or adds one.

    `is_verified` says that the address is known to be the person's.
    """

    ids: Ids

    async def __call__(
        self, uow: UnitOfWork, *, name: str, email: str, is_verified: bool = True
    ) -> AccountId:
        try:
            return await self.new(uow, name=name, email=email, is_verified=is_verified)
        except EmailTaken:
            found = await uow.session.fetch_value("people.account_id_of_email", UUID, email=email)
            assert found is not None, "the address was taken a moment ago"
            return AccountId(found)

    async def new(
        self,
        uow: UnitOfWork,
        *,
        name: str,
        email: str,
        is_verified: bool = True,
        locale: str | None = None,
    ) -> AccountId:
        """An account that nobody has yet. Raises `EmailTaken`, also to the later of two at once."""
        account_id = AccountId(self.ids.uuid())
        added = await uow.session.execute(
            "people.add_account_with_email",
            account_id=account_id,
            name=name,
            email=email,
            is_verified=is_verified,
            locale=locale,
            now=uow.now,
        )
        if not added:
            raise EmailTaken
        uow.record(account_id, AccountAdded())
        return account_id


@dataclass(frozen=True, slots=True)
class SetOperator:
    """Lets a person run the installation, or no longer. It opens no business's data."""

    async def __call__(self, uow: UnitOfWork, account_id: AccountId, *, is_operator: bool) -> None:
        changed = await uow.session.execute(
            "people.set_operator", account_id=account_id, is_operator=is_operator
        )
        if changed:
            uow.record(account_id, OperatorChanged(account_id=account_id, is_operator=is_operator))

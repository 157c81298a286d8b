"""Change or remove the national ID with which one signs in. The password was checked before."""

from dataclasses import dataclass

import asyncpg

from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.account_messages import tell
from fullhouse.people.errors import NationalIdTaken
from fullhouse.people.events import NationalIdChanged
from fullhouse.people.model import AccountId
from fullhouse.people.model.accounts import national_id_digest
from fullhouse.people.model.lockout import FailureCount, failure_counts
from fullhouse.people.model.national_id import national_id
from fullhouse.people.password_check import PasswordCheck
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True, slots=True)
class ChangeNationalId:
    """Stores the keyed hash by which it is found, and the text encrypted.

    That somebody else has an ID says that this person has an account here, so IDs that are taken
    are counted and locked like guesses at a password. It opens its own unit of work, since such a
    count is committed though nothing else is.
    """

    check: PasswordCheck
    sealer: Sealer
    unit_of_work: UnitOfWorkFactory

    async def __call__(
        self,
        account_id: AccountId,
        typed: str,
        *,
        country: str,
        network: str,
        context: RequestContext,
    ) -> None:
        """`country` as in `national_id`.

        Raises `InvalidInput`, `NationalIdTaken`, `SignInLocked` and `EncryptionKeyMissing`.
        """
        text = national_id(typed, country=country)
        counts = failure_counts(self.check.secret, f"national id of {account_id}", network)
        async with self.check.database.session() as session:
            await self.check.refuse_locked(session, counts)
        try:
            async with self.unit_of_work(context, INSTALLATION) as uow:
                await self._store(uow, account_id, text)
        except asyncpg.UniqueViolationError as error:  # two at once
            raise NationalIdTaken from error
        except NationalIdTaken:
            await self._count(counts)
            raise

    async def remove(self, uow: UnitOfWork, account_id: AccountId) -> None:
        """Without one this is no error."""
        if await uow.session.execute("people.remove_national_id", account_id=account_id):
            await _note(uow, account_id)

    async def _store(self, uow: UnitOfWork, account_id: AccountId, text: str) -> None:
        stored = await uow.session.execute(
            "people.set_national_id",
            account_id=account_id,
            national_id_digest=national_id_digest(self.check.secret, text),
            sealed=self.sealer.seal(text.encode()),
        )
        if not stored:
            raise NationalIdTaken
        await _note(uow, account_id)

    async def _count(self, counts: tuple[FailureCount, ...]) -> None:
        async with self.check.database.transaction() as session:
            await self.check.count(session, counts)
            await self.check.lock(session, counts)


async def _note(uow: UnitOfWork, account_id: AccountId) -> None:
    uow.record(account_id, NationalIdChanged(account_id=account_id))
    await tell(uow, "national_id_changed", account_id)

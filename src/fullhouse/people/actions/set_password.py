"""Give an account a login and a password."""

from dataclasses import dataclass

import asyncpg

from fullhouse.people.errors import EmailTaken
from fullhouse.people.events import EmailChanged, PasswordChanged
from fullhouse.people.model import AccountId
from fullhouse.people.model.passwords import new_password
from fullhouse.people.password_hasher import PasswordHasher
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class HashNewPassword:
    """Checks a password that somebody chooses, and hashes it: before any unit of work."""

    hasher: PasswordHasher

    async def __call__(self, typed: str, *, personal: tuple[str, ...] = ()) -> str:
        """Raises `InvalidInput` for a password that is not good enough, and `SignInBusy`."""
        password = new_password(typed, personal=personal)
        async with self.hasher.turn():
            return await self.hasher.hash(password)


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Stores a hash made by `HashNewPassword`."""

    async def __call__(self, uow: UnitOfWork, account_id: AccountId, password_hash: str) -> None:
        await uow.session.execute(
            "people.set_password", account_id=account_id, password_hash=password_hash
        )
        uow.record(account_id, PasswordChanged(account_id=account_id))


@dataclass(frozen=True, slots=True)
class SetEmail:
    """Gives an account an e-mail address that is known to be the person's."""

    async def __call__(self, uow: UnitOfWork, account_id: AccountId, email: str) -> None:
        """Raises `EmailTaken`."""
        try:
            await uow.session.execute(
                "people.set_email", account_id=account_id, email=email, now=uow.now
            )
        except asyncpg.UniqueViolationError as error:
            raise EmailTaken from error
        uow.record(account_id, EmailChanged(account_id=account_id))

"""Change one's own password, name or language, and end one's own sessions."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.kernel.errors import VersionConflict
from fullhouse.people.account_messages import tell
from fullhouse.people.errors import SessionEnded
from fullhouse.people.events import AccountChanged, AccountSignedOut, PasswordChanged
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.accounts import SessionId
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Stores another password, and ends all other sessions. The old one was checked before."""

    async def __call__(
        self, uow: UnitOfWork, account_id: AccountId, password_hash: str, *, token: str
    ) -> None:
        """`token` is that of the session that stays."""
        await uow.session.execute(
            "people.set_password", account_id=account_id, password_hash=password_hash
        )
        await uow.session.execute(
            "people.end_other_sessions", account_id=account_id, token_hash=hash_token(token)
        )
        uow.record(account_id, PasswordChanged(account_id=account_id))
        await tell(uow, "password_changed", account_id)


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """Changes a person's own name and language."""

    async def __call__(
        self,
        uow: UnitOfWork,
        account_id: AccountId,
        *,
        name: str,
        locale: str | None,
        version: int,
    ) -> None:
        """Raises `VersionConflict` when the account was changed since it was read."""
        changed = await uow.session.execute(
            "people.change_account",
            account_id=account_id,
            name=name,
            locale=locale,
            version=version,
        )
        if not changed:
            raise VersionConflict(version=version + 1)
        uow.record(account_id, AccountChanged(account_id=account_id))


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Ends one session of a person, or all but the one with which she asks."""

    async def one(self, uow: UnitOfWork, account_id: AccountId, session_id: SessionId) -> None:
        """Raises `SessionEnded` for a session that there is no longer, or is another's."""
        ended = await uow.session.execute(
            "people.end_session_of_account", account_id=account_id, session_id=session_id
        )
        if not ended:
            raise SessionEnded
        uow.record(account_id, AccountSignedOut())

    async def others(self, uow: UnitOfWork, account_id: AccountId, *, token: str) -> None:
        ended = await uow.session.execute(
            "people.end_other_sessions", account_id=account_id, token_hash=hash_token(token)
        )
        if ended:
            uow.record(account_id, AccountSignedOut())


def session_id_of(text: str) -> SessionId:
    """Raises `SessionEnded` for text that is no id."""
    try:
        return SessionId(UUID(text))
    except ValueError:
        raise SessionEnded from None

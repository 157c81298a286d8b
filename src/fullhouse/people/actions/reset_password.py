"""Reset a password by e-mail: ask for the link, and use it once."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.people.account_messages import tell, tell_seldom
from fullhouse.people.errors import SignInLinkSpent
from fullhouse.people.events import PasswordChanged
from fullhouse.people.limits import RESET_INTERVAL_MINUTES
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.account_messages import AccountMessagePayload
from fullhouse.people.model.accounts import Login
from fullhouse.people.password_check import PasswordCheck
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RequestPasswordReset:
    """Asks for the e-mail with the link; one in `RESET_INTERVAL_MINUTES`.

    The same statements run whether or not somebody has the login, and the answer is the same.
    """

    check: PasswordCheck

    async def __call__(self, uow: UnitOfWork, login: Login) -> None:
        stored = await self.check.stored(uow.session, login)
        account_id = stored.account_id if stored and stored.disabled_at is None else None
        await tell_seldom(
            uow,
            AccountMessagePayload("reset", account_id),
            subject=login.text,
            secret=self.check.secret,
            minutes=RESET_INTERVAL_MINUTES,
        )


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Uses the link up, and ends every session: one of them may be an attacker's."""

    async def __call__(self, uow: UnitOfWork, token: str, password_hash: str) -> AccountId:
        """Raises `SignInLinkSpent` for a link that was used before or has expired."""
        found = await uow.session.fetch_value(
            "people.use_account_link",
            UUID,
            token_hash=hash_token(token),
            purpose="reset",
            now=uow.now,
        )
        if found is None:
            raise SignInLinkSpent
        account_id = AccountId(found)
        session = uow.session
        await session.execute(
            "people.set_password", account_id=account_id, password_hash=password_hash
        )
        # Who reads the mailbox has proved that the address is the person's
        await session.execute("people.verify_email", account_id=account_id, now=uow.now)
        await session.execute("people.end_other_sessions", account_id=account_id, token_hash=b"")
        await session.execute(
            "people.end_account_links", account_id=account_id, purpose="reset", now=uow.now
        )
        uow.record(account_id, PasswordChanged(account_id=account_id))
        await tell(uow, "password_changed", account_id)
        return account_id

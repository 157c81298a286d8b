"""Reset a password by e-mail: ask for the link, and use it once."""

from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct

from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.account_messages import tell, tell_seldom
from fullhouse.people.actions.second_factor import RemoveSecondFactor
from fullhouse.people.code_check import has_second_factor
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


class PasswordReset(Struct, frozen=True):
    """Whose password was reset, and whether the next sign-in needs a code besides it."""

    account_id: AccountId
    needs_code: bool
    factor_removed: bool


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Uses the link up, and ends every session: one of them may be an attacker's.

    A second factor stays: a mailbox alone must not open what has two locks (OWASP ASVS 5.0, 6.4.3).
    The one exception is an account whose address nobody had proven until now. Somebody else may
    have typed it, and a factor of theirs would lock out for ever who reads the mailbox. What such a
    stranger has set up goes: factor, national ID, and a change of address that waits.
    """

    remove_second_factor: RemoveSecondFactor

    async def __call__(self, uow: UnitOfWork, token: str, password_hash: str) -> PasswordReset:
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
        await session.execute("people.end_other_sessions", account_id=account_id, token_hash=b"")
        await session.execute("people.end_every_account_link", account_id=account_id, now=uow.now)
        await session.execute("people.end_email_change", account_id=account_id)
        await session.execute("people.remove_begun_second_factor", account_id=account_id)
        # Who reads the mailbox proves that the address is the person's
        is_first_proof = await session.execute(
            "people.verify_email", account_id=account_id, now=uow.now
        )
        removed = is_first_proof == 1 and await self._forget_stranger(uow, account_id)
        uow.record(account_id, PasswordChanged(account_id=account_id))
        await tell(uow, "password_changed", account_id)
        needs_code = await has_second_factor(session, account_id)
        return PasswordReset(account_id, needs_code, removed)

    async def _forget_stranger(self, uow: UnitOfWork, account_id: AccountId) -> bool:
        """Whether a second factor was removed."""
        await uow.session.execute("people.remove_national_id", account_id=account_id)
        return await self.remove_second_factor(uow, account_id)


def reset_text(done: PasswordReset) -> str:
    """What to do next; an id of the catalogues."""
    if done.factor_removed:
        return gettext_noop(
            "All sessions of your account have ended. Its second factor was removed, because "
            "nobody had confirmed this e-mail address when it was added. Sign in with your new "
            "password, and add a second factor again."
        )
    if done.needs_code:
        return gettext_noop(
            "All sessions of your account have ended. Sign in with your new password and the code "
            "of your authenticator app. If you have lost that, use a recovery code."
        )
    return gettext_noop("All sessions of your account have ended. Sign in with your new password.")

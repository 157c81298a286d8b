"""Make an account with an e-mail address: ask for the link, and use it once."""

from dataclasses import dataclass

from fullhouse.people.account_messages import tell_seldom
from fullhouse.people.actions.add_account import AddAccount
from fullhouse.people.actions.read_new_person import NewPerson
from fullhouse.people.errors import SignInLinkSpent
from fullhouse.people.events import PasswordChanged
from fullhouse.people.limits import SIGN_UP_INTERVAL_MINUTES
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.account_messages import AccountMessagePayload
from fullhouse.people.model.contact import mailbox_of
from fullhouse.people.model.lockout import sign_up_count
from fullhouse.people.password_check import PasswordCheck
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RequestSignUp:
    """Asks for the e-mail with the link: one to a mailbox in `SIGN_UP_INTERVAL_MINUTES`.

    Whether the address has an account is looked up when the e-mail is sent: nothing that happens
    before tells who asks.
    """

    check: PasswordCheck

    async def __call__(self, uow: UnitOfWork, email: str, *, network: str, locale: str) -> None:
        """Raises `SignInLocked` when too many were asked for from this network."""
        counts = (sign_up_count(self.check.secret, network),)
        await self.check.refuse_locked(uow.session, counts)
        await self.check.count(uow.session, counts)
        await self.check.lock(uow.session, counts)
        await tell_seldom(
            uow,
            AccountMessagePayload("sign_up", email=email, locale=locale),
            subject=mailbox_of(email),
            secret=self.check.secret,
            minutes=SIGN_UP_INTERVAL_MINUTES,
        )


@dataclass(frozen=True, slots=True)
class SignUp:
    """Uses the link up. Whoever has read the e-mail has proved that the address is hers."""

    add_account: AddAccount

    async def __call__(
        self, uow: UnitOfWork, token: str, person: NewPerson, *, locale: str
    ) -> AccountId:
        """The new account. Raises `SignInLinkSpent`, and `EmailTaken` for one that is no news."""
        email = await uow.session.fetch_value(
            "people.use_sign_up_link", str, token_hash=hash_token(token), now=uow.now
        )
        if email is None:
            raise SignInLinkSpent
        account_id = await self.add_account.new(uow, name=person.name, email=email, locale=locale)
        await uow.session.execute(
            "people.set_password", account_id=account_id, password_hash=person.password_hash
        )
        uow.record(account_id, PasswordChanged(account_id=account_id))
        return account_id

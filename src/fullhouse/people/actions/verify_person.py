"""Ask for the password again before something is changed by which people sign in."""

from dataclasses import dataclass

from fullhouse.people.errors import WrongCredentials
from fullhouse.people.model.accounts import AccountProfile, parse_login
from fullhouse.people.password_check import Guess, PasswordCheck


@dataclass(frozen=True, slots=True)
class VerifyPerson:
    """Whoever finds an open browser must not take the account over."""

    check: PasswordCheck

    async def __call__(
        self, account: AccountProfile, password: str, *, network: str, devices: tuple[str, ...]
    ) -> None:
        """Raises as `PasswordCheck`; somebody without a password has come in by a link.

        A password that no address leads to cannot be verified, so it is never the right one.
        """
        if not account.has_password:
            return
        if account.email is None:
            raise WrongCredentials
        login = parse_login(account.email)
        await self.check(Guess(login=login, password=password, network=network, devices=devices))

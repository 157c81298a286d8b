"""Ask a person who is signed in to authenticate again, before something sensitive is changed."""

from dataclasses import dataclass

from fullhouse.people.code_check import CodeCheck, has_second_factor
from fullhouse.people.errors import WrongCredentials
from fullhouse.people.model.accounts import AccountProfile, parse_login
from fullhouse.people.password_check import Guess, PasswordCheck


@dataclass(frozen=True, slots=True)
class VerifyPerson:
    """Whoever finds an open browser must not take the account over (OWASP ASVS 5.0, 7.5.1)."""

    check: PasswordCheck
    check_code: CodeCheck

    async def __call__(
        self,
        account: AccountProfile,
        password: str,
        *,
        code: str,
        network: str,
        devices: tuple[str, ...],
    ) -> None:
        """Check the password, and the code of a second factor if there is one.

        Raises as `PasswordCheck` and `CodeCheck`. Somebody without a password has come in by a
        link. A password that no address leads to cannot be verified, so it is never the right one.
        """
        if account.has_password:
            if account.email is None:
                raise WrongCredentials
            login = parse_login(account.email)
            await self.check(
                Guess(login=login, password=password, network=network, devices=devices)
            )
        async with self.check.database.session() as session:
            needs_code = await has_second_factor(session, account.account_id)
        if needs_code:
            await self.check_code(account.account_id, code, network=network)

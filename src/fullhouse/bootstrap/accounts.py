"""The wiring of signing in: of people, what needs the installation's secret and runs passwords."""

from dataclasses import dataclass

from fullhouse.bootstrap.dependencies import Core
from fullhouse.people.actions.set_password import HashNewPassword, SetEmail, SetPassword
from fullhouse.people.actions.sign_in import SignIn
from fullhouse.people.metrics import SignInMetrics
from fullhouse.people.password_check import PasswordCheck
from fullhouse.people.password_hasher import PasswordHasher


@dataclass(frozen=True, slots=True)
class AccountActions:
    """Every verb of accounts."""

    sign_in: SignIn
    hash_new_password: HashNewPassword
    set_password: SetPassword
    set_email: SetEmail


def build_accounts(core: Core, metrics: SignInMetrics, *, secret: bytes) -> AccountActions:
    """One for a process: it bounds how many passwords are hashed at the same time."""
    hasher = PasswordHasher(core.clock, metrics)
    check = PasswordCheck(core.database, core.clock, hasher, secret, metrics)
    return AccountActions(
        sign_in=SignIn(check, core.unit_of_work, core.ids, metrics),
        hash_new_password=HashNewPassword(hasher),
        set_password=SetPassword(),
        set_email=SetEmail(),
    )

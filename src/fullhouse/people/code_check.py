"""Check the code of a second factor, and count and limit the guesses at it."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.people.errors import WrongCode
from fullhouse.people.model import AccountId
from fullhouse.people.model.lockout import failure_counts
from fullhouse.people.model.one_time_codes import matching_step, recovery_code_hash
from fullhouse.people.password_check import PasswordCheck, forget_failures, note_failure
from fullhouse.storage.database import Session
from fullhouse.storage.sealing import Sealer


class SecondFactor(Struct, frozen=True):
    """A second factor as it is stored."""

    secret_sealed: bytes
    confirmed_at: datetime | None
    last_step: int


async def second_factor_of(session: Session, account_id: AccountId) -> SecondFactor | None:
    """The second factor, confirmed or not."""
    return await session.fetch_one("people.second_factor", SecondFactor, account_id=account_id)


async def has_second_factor(session: Session, account_id: AccountId) -> bool:
    """Whether the person has confirmed a second factor, so that a password alone opens nothing."""
    factor = await second_factor_of(session, account_id)
    return factor is not None and factor.confirmed_at is not None


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """Verifies codes of an app and recovery codes; each is used once."""

    check: PasswordCheck
    sealer: Sealer
    clock: Clock

    async def __call__(self, account_id: AccountId, code: str, *, network: str) -> None:
        """Raises `WrongCode` and `SignInLocked`.

        A guess is counted before it is looked at, and the counts are locked until it is decided: so
        guesses that come together are decided one after the other.
        """
        counts = failure_counts(self.check.secret, f"code of {account_id}", network)
        async with self.check.database.transaction() as session:
            await self.check.count(session, counts)
            await self.check.refuse_locked(session, counts)
            is_right = await self.use(session, account_id, code)
            if is_right:
                await forget_failures(session, counts)
            else:
                await self.check.lock(session, counts)
        if not is_right:
            self.check.metrics.ended("wrong")
            note_failure("code", network, account_id)
            raise WrongCode

    async def use(self, session: Session, account_id: AccountId, code: str) -> bool:
        """Use a code up, if it is right: of two who send the same one gets in."""
        factor = await second_factor_of(session, account_id)
        if factor is None:
            return False
        now = self.clock.now()
        step = matching_step(
            self.sealer.open(factor.secret_sealed).decode(),
            code,
            seconds=now.timestamp(),
            after=factor.last_step,
        )
        if step is not None:
            used = await session.execute("people.use_time_step", account_id=account_id, step=step)
        else:
            used = await session.execute(
                "people.use_recovery_code",
                account_id=account_id,
                code_hash=recovery_code_hash(code),
                now=now,
            )
        return used == 1

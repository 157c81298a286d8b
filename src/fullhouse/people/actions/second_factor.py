"""Begin, confirm and remove a second factor, and renew its recovery codes."""

from dataclasses import dataclass

from fullhouse.people.account_messages import tell
from fullhouse.people.code_check import CodeCheck, second_factor_of
from fullhouse.people.errors import SecondFactorExists, WrongCode
from fullhouse.people.events import (
    RecoveryCodesRenewed,
    SecondFactorAdded,
    SecondFactorRemoved,
)
from fullhouse.people.limits import RECOVERY_CODES
from fullhouse.people.model import AccountId
from fullhouse.people.model.one_time_codes import (
    new_recovery_code,
    new_totp_secret,
    recovery_code_hash,
)
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class BeginSecondFactor:
    """Makes a secret for an authenticator app; it is not asked for until it was confirmed."""

    sealer: Sealer

    async def __call__(self, uow: UnitOfWork, account_id: AccountId) -> str:
        """The secret, the same one as long as it is not confirmed.

        Raises `SecondFactorExists`, and `EncryptionKeyMissing`.
        """
        stored = await second_factor_of(uow.session, account_id)
        if stored is not None and stored.confirmed_at is not None:
            raise SecondFactorExists
        if stored is not None:
            return self.sealer.open(stored.secret_sealed).decode()
        secret = new_totp_secret()
        await uow.session.execute(
            "people.begin_second_factor",
            account_id=account_id,
            secret_sealed=self.sealer.seal(secret.encode()),
            now=uow.now,
        )
        return secret


@dataclass(frozen=True, slots=True)
class ConfirmSecondFactor:
    """From a first right code on, the password alone signs nobody in."""

    check_code: CodeCheck

    async def __call__(self, uow: UnitOfWork, account_id: AccountId, code: str) -> list[str]:
        """The recovery codes, which are shown once. Raises `WrongCode`."""
        if not await self.check_code.use(uow.session, account_id, code):
            raise WrongCode
        confirmed = await uow.session.execute(
            "people.confirm_second_factor", account_id=account_id, now=uow.now
        )
        if not confirmed:
            raise SecondFactorExists
        uow.record(account_id, SecondFactorAdded(account_id=account_id))
        await tell(uow, "second_factor_added", account_id)
        return await _new_codes(uow, account_id)


@dataclass(frozen=True, slots=True)
class RenewRecoveryCodes:
    """Replaces the recovery codes."""

    async def __call__(self, uow: UnitOfWork, account_id: AccountId) -> list[str]:
        """The codes, which are shown once."""
        uow.record(account_id, RecoveryCodesRenewed())
        return await _new_codes(uow, account_id)


@dataclass(frozen=True, slots=True)
class RemoveSecondFactor:
    """Removes the second factor; without one this is no error."""

    async def __call__(self, uow: UnitOfWork, account_id: AccountId) -> bool:
        """Whether there was one, confirmed or not."""
        removed = await uow.session.execute("people.remove_second_factor", account_id=account_id)
        if removed:
            uow.record(account_id, SecondFactorRemoved(account_id=account_id))
            await tell(uow, "second_factor_removed", account_id)
        return removed == 1


async def _new_codes(uow: UnitOfWork, account_id: AccountId) -> list[str]:
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    await uow.session.execute("people.delete_recovery_codes", account_id=account_id)
    await uow.session.execute(
        "people.add_recovery_codes",
        account_id=account_id,
        code_hashes=[recovery_code_hash(code) for code in codes],
    )
    return codes

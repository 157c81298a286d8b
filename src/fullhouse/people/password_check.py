"""Check a password, and count and limit the guesses at it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.people.errors import SignInLocked, WrongCredentials
from fullhouse.people.limits import (
    FAILURES_FORGOTTEN_HOURS,
    LOCK_SECONDS_FIRST,
    LOCK_SECONDS_MAX,
    PASSWORD_TYPED_CHARACTERS_MAX,
)
from fullhouse.people.metrics import SignInMetrics
from fullhouse.people.model import AccountId
from fullhouse.people.model.accounts import Login, national_id_digest
from fullhouse.people.model.lockout import FailureCount, failure_counts, known_device
from fullhouse.people.model.passwords import normalised_password
from fullhouse.people.password_hasher import PasswordHasher, needs_rehash
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.log import get_logger

_log = get_logger(__name__)


class StoredCredentials(Struct, frozen=True):
    """Whose login it is, with the hash of the password if there is one."""

    account_id: AccountId
    name: str
    password_hash: str | None
    disabled_at: datetime | None


class Guess(Struct, frozen=True, kw_only=True):
    """A password for a login, from a network; `devices` are the tokens that the browser shows."""

    login: Login
    password: str
    network: str
    devices: tuple[str, ...] = ()


class VerifiedPassword(Struct, frozen=True, kw_only=True):
    """The password was right. `rehashed` replaces a hash with outdated parameters."""

    account_id: AccountId
    counts: tuple[FailureCount, ...]
    device: bytes | None
    rehashed: str | None


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Verifies passwords; `secret` is the installation's own.

    The lock is looked up when the guess has its turn: of a thousand guesses that come together, no
    more are verified than have a turn at the same time.
    """

    database: Database
    clock: Clock
    hasher: PasswordHasher
    secret: bytes
    metrics: SignInMetrics

    async def __call__(self, guess: Guess) -> VerifiedPassword:
        """Raises `WrongCredentials`, `SignInLocked` and `SignInBusy`.

        It runs the same statements and as much of the hash whether or not the login exists.
        """
        password = normalised_password(guess.password)[:PASSWORD_TYPED_CHARACTERS_MAX]
        async with self.hasher.turn(guess.network):
            async with self.database.session() as session:
                stored = await self.stored(session, guess.login)
                device = self._device(stored, guess)
                counts = failure_counts(self.secret, guess.login.text, guess.network, device=device)
                await self.refuse_locked(session, counts)
            is_right = await self.hasher.verify(stored.password_hash if stored else None, password)
            if stored is None or not is_right or stored.disabled_at is not None:
                await self.failed(counts)
                note_failure("password", guess.network, stored.account_id if stored else None)
                raise WrongCredentials
            rehashed = None
            if stored.password_hash is not None and needs_rehash(stored.password_hash):
                rehashed = await self.hasher.hash(password)
        return VerifiedPassword(
            account_id=stored.account_id, counts=counts, device=device, rehashed=rehashed
        )

    async def failed(self, counts: tuple[FailureCount, ...]) -> None:
        """Count a failed attempt, and lock what has failed too often."""
        self.metrics.ended("wrong")
        async with self.database.transaction() as session:
            await self.count(session, counts)
            await self.lock(session, counts)

    async def count(self, session: Session, counts: tuple[FailureCount, ...]) -> None:
        """Count an attempt as failed; until the transaction ends, others of its counts wait."""
        now = self.clock.now()
        await session.execute(
            "people.record_sign_in_failure",
            failure_kinds=[count.kind for count in counts],
            failure_subjects=[count.subject for count in counts],
            now=now,
            forgotten_before=now - timedelta(hours=FAILURES_FORGOTTEN_HOURS),
        )

    async def lock(self, session: Session, counts: tuple[FailureCount, ...]) -> None:
        """Lock what has failed too often."""
        await session.execute(
            "people.lock_sign_in",
            failure_kinds=[count.kind for count in counts],
            failure_subjects=[count.subject for count in counts],
            frees=[count.free for count in counts],
            now=self.clock.now(),
            seconds_first=LOCK_SECONDS_FIRST,
            seconds_max=LOCK_SECONDS_MAX,
        )

    def _device(self, stored: StoredCredentials | None, guess: Guess) -> bytes | None:
        if stored is None:
            return None
        return known_device(self.secret, stored.account_id, guess.devices)

    async def stored(self, session: Session, login: Login) -> StoredCredentials | None:
        """Whose login it is: one statement, whatever was typed."""
        if login.national_id is not None:
            digest = national_id_digest(self.secret, login.national_id)
            return await session.fetch_one(
                "people.account_of_national_id", StoredCredentials, national_id_digest=digest
            )
        return await session.fetch_one(
            "people.account_of_email", StoredCredentials, email=login.email
        )

    async def refuse_locked(self, session: Session, counts: tuple[FailureCount, ...]) -> None:
        """Raise `SignInLocked` for an attempt that comes too early."""
        now = self.clock.now()
        until = await session.fetch_value(
            "people.sign_in_locked_until",
            datetime,
            failure_kinds=[count.kind for count in counts],
            failure_subjects=[count.subject for count in counts],
            now=now,
        )
        if until is not None:
            self.metrics.ended("locked")
            raise SignInLocked(retry_after_seconds=max(1, round((until - now).total_seconds())))


def note_failure(factor: str, network: str, account_id: AccountId | None) -> None:
    """Log a wrong password or code, for whoever looks into it afterwards.

    There are no more lines than guesses that the locks let through. An unknown login has no account
    in its line, and its text is in none: people type their passwords there.
    """
    account = None if account_id is None else str(account_id)
    _log.warning("people.sign_in_failed", factor=factor, client=network, account=account)


async def forget_failures(session: Session, counts: tuple[FailureCount, ...]) -> None:
    """Forget the failures of somebody who got in; those of the whole network stay."""
    own = [count for count in counts if count.kind != "network"]
    await session.execute(
        "people.forget_sign_in_failures",
        failure_kinds=[count.kind for count in own],
        failure_subjects=[count.subject for count in own],
    )

"""Sign a person in, a browser or a program: with a password, and the code of a second factor."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from msgspec import Struct

from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import INSTALLATION, Ids
from fullhouse.people.account_messages import tell
from fullhouse.people.code_check import CodeCheck, has_second_factor
from fullhouse.people.errors import NotSignedIn, SecondFactorRequired
from fullhouse.people.limits import SECOND_FACTOR_MINUTES
from fullhouse.people.metrics import SignInMetrics
from fullhouse.people.model import AccountId
from fullhouse.people.model.access_tokens import next_pair
from fullhouse.people.model.accounts import SessionClient
from fullhouse.people.model.lockout import device_token, known_device
from fullhouse.people.model.pending_sign_ins import PendingSignIn, read_pending_sign_in
from fullhouse.people.password_check import Guess, PasswordCheck, VerifiedPassword, forget_failures
from fullhouse.people.updates import (
    OpenedApiSession,
    OpenedSession,
    open_api_session,
    open_pages_session,
)
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_NONCE_BYTES = 16


class SignedIn(Struct, frozen=True):
    """A session, and what the browser shows the next time as the device that it is."""

    session: OpenedSession
    device: str


class CodeWanted(Struct, frozen=True):
    """The password was right; with this token the browser sends the code."""

    pending: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """Verifies the password and opens a session. `ids` must draw from the system's randomness.

    It opens its own unit of work, since a password takes longer than a transaction may.
    """

    check: PasswordCheck
    check_code: CodeCheck
    unit_of_work: UnitOfWorkFactory
    ids: Ids
    metrics: SignInMetrics

    async def __call__(
        self, guess: Guess, client: SessionClient, *, context: RequestContext
    ) -> SignedIn | CodeWanted:
        """Sign a browser in; raises as `PasswordCheck`."""
        verified = await self.check(guess)
        async with self.unit_of_work(context, INSTALLATION) as uow:
            await _note_success(uow.session, verified)
            if await has_second_factor(uow.session, verified.account_id):
                until = uow.now + timedelta(minutes=SECOND_FACTOR_MINUTES)
                return CodeWanted(PendingSignIn(verified.account_id, until).token(self._secret))
            opened = await open_pages_session(uow, verified.account_id, client, ids=self.ids)
            await _tell_of_new(uow, opened, verified.device)
        return self._signed_in(opened, verified.device)

    async def with_code(
        self,
        pending: str,
        code: str,
        client: SessionClient,
        *,
        devices: tuple[str, ...],
        context: RequestContext,
    ) -> SignedIn:
        """Sign a browser in that gave the password before.

        Raises `NotSignedIn` when that is too long ago, else as `CodeCheck`.
        """
        now = self.check.clock.now()
        known = read_pending_sign_in(self._secret, pending, now=now)
        if known is None:
            raise NotSignedIn
        await self.check_code(known.account_id, code, network=client.network)
        device = known_device(self._secret, known.account_id, devices)
        async with self.unit_of_work(context, INSTALLATION) as uow:
            opened = await open_pages_session(
                uow, known.account_id, client, ids=self.ids, with_code=True
            )
            await _tell_of_new(uow, opened, device)
        return self._signed_in(opened, device)

    async def program(
        self, guess: Guess, client: SessionClient, *, code: str, context: RequestContext
    ) -> OpenedApiSession:
        """Sign a program in.

        Raises as `PasswordCheck` and `CodeCheck`, and `SecondFactorRequired` without a code that is
        needed.
        """
        verified = await self.check(guess)
        with_code = await self._check_factor(verified.account_id, code, client)
        async with self.unit_of_work(context, INSTALLATION) as uow:
            await _note_success(uow.session, verified)
            opened = await open_api_session(
                uow,
                verified.account_id,
                client,
                ids=self.ids,
                tokens=next_pair(self._secret, self.ids.secret()),
                with_code=with_code,
            )
        self.metrics.ended("signed_in")
        return opened

    def new_device(self, account_id: AccountId) -> str:
        """What a browser shows from now on as one of this person's."""
        return device_token(self._secret, account_id, secrets.token_bytes(_NONCE_BYTES))

    @property
    def _secret(self) -> bytes:
        return self.check.secret

    async def _check_factor(self, account_id: AccountId, code: str, client: SessionClient) -> bool:
        """Whether the person has a second factor, whose code was right then."""
        async with self.check.database.session() as session:
            is_needed = await has_second_factor(session, account_id)
        if is_needed:
            if not code:
                raise SecondFactorRequired
            await self.check_code(account_id, code, network=client.network)
        return is_needed

    def _signed_in(self, opened: OpenedSession, device: bytes | None) -> SignedIn:
        self.metrics.ended("signed_in")
        if device is None:
            return SignedIn(opened, self.new_device(opened.account_id))
        return SignedIn(opened, device_token(self._secret, opened.account_id, device))


async def _tell_of_new(uow: UnitOfWork, opened: OpenedSession, device: bytes | None) -> None:
    """Tell the person of a sign-in by a browser in which she has not signed in before."""
    if device is None:
        await tell(uow, "new_browser", opened.account_id)


async def _note_success(session: Session, verified: VerifiedPassword) -> None:
    await forget_failures(session, verified.counts)
    if verified.rehashed is not None:
        await session.execute(
            "people.store_rehashed_password",
            account_id=verified.account_id,
            password_hash=verified.rehashed,
        )

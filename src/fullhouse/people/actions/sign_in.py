"""Sign a person in with a password."""

import secrets
from dataclasses import dataclass

from msgspec import Struct

from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import INSTALLATION, Ids
from fullhouse.people.metrics import SignInMetrics
from fullhouse.people.model.accounts import SessionClient
from fullhouse.people.model.lockout import device_token
from fullhouse.people.password_check import Guess, PasswordCheck, forget_failures
from fullhouse.people.updates import OpenedSession, open_pages_session
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_NONCE_BYTES = 16


class SignedIn(Struct, frozen=True):
    """A session, and what the browser shows the next time as the device that it is."""

    session: OpenedSession
    device: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """Verifies the password and opens a session. `ids` must draw from the system's randomness.

    It opens its own unit of work, since a password takes longer than a transaction may.
    """

    check: PasswordCheck
    unit_of_work: UnitOfWorkFactory
    ids: Ids
    metrics: SignInMetrics

    async def __call__(
        self, guess: Guess, client: SessionClient, *, context: RequestContext
    ) -> SignedIn:
        """Raises as `PasswordCheck`."""
        verified = await self.check(guess)
        async with self.unit_of_work(context, INSTALLATION) as uow:
            await forget_failures(uow.session, verified.counts)
            if verified.rehashed is not None:
                await uow.session.execute(
                    "people.store_rehashed_password",
                    account_id=verified.account_id,
                    password_hash=verified.rehashed,
                )
            opened = await open_pages_session(uow, verified.account_id, client, ids=self.ids)
        self.metrics.ended("signed_in")
        nonce = verified.device or secrets.token_bytes(_NONCE_BYTES)
        return SignedIn(opened, device_token(self.check.secret, verified.account_id, nonce))

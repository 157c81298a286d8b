"""Exchange a refresh token for new tokens; a token that comes twice ends its session."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import Struct

from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.account_messages import tell
from fullhouse.people.errors import SessionEnded
from fullhouse.people.events import RefreshTokenReused
from fullhouse.people.limits import (
    ACCESS_TOKEN_SECONDS,
    API_SESSION_DAYS_MAX,
    API_SESSION_IDLE_DAYS,
    REFRESH_REPEAT_SECONDS,
)
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.access_tokens import REFRESH_PREFIX, TokenPair, next_pair
from fullhouse.people.model.accounts import SessionClient, SessionId
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


class StoredRefreshToken(Struct, frozen=True):
    """A refresh token with its session."""

    session_id: SessionId
    used_at: datetime | None
    client_hash: bytes | None
    account_id: AccountId
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Rotates the tokens of a program's session; `secret` is the installation's.

    A refresh token that was used belongs to two holders, one of whom stole it: the session ends for
    both, and the person is told. The one exception is the same client (network and program) that
    repeats the call within `REFRESH_REPEAT_SECONDS`, before anybody used what it led to: its answer
    was lost, and it gets the same tokens again. A thief who is that client in every respect is not
    noticed by that, but has no more than the client has.
    """

    unit_of_work: UnitOfWorkFactory
    secret: bytes

    async def __call__(
        self, refresh: str, client: SessionClient, *, context: RequestContext
    ) -> TokenPair:
        """Raises `SessionEnded`. It opens its own unit of work, since ending must be committed."""
        if not refresh.startswith(REFRESH_PREFIX):
            raise SessionEnded
        async with self.unit_of_work(context, INSTALLATION) as uow:
            tokens = await self._exchange(uow, refresh, client)
        if tokens is None:
            raise SessionEnded
        return tokens

    async def _exchange(
        self, uow: UnitOfWork, refresh: str, client: SessionClient
    ) -> TokenPair | None:
        stored = await uow.session.fetch_one(
            "people.lock_refresh_token",
            StoredRefreshToken,
            token_hash=hash_token(refresh),
            now=uow.now,
        )
        if stored is None:
            return None
        tokens = next_pair(self.secret, refresh)
        if stored.used_at is None:
            await self._rotate(uow, stored, client, before=refresh, tokens=tokens)
            return tokens
        if await _is_repeat(uow, stored, client, tokens=tokens):
            return tokens
        await uow.session.execute(
            "people.end_session_of_account",
            session_id=stored.session_id,
            account_id=stored.account_id,
        )
        uow.record(stored.account_id, RefreshTokenReused())
        await tell(uow, "session_reused", stored.account_id)
        return None

    async def _rotate(
        self,
        uow: UnitOfWork,
        stored: StoredRefreshToken,
        client: SessionClient,
        *,
        before: str,
        tokens: TokenPair,
    ) -> None:
        session, now = uow.session, uow.now
        await session.execute(
            "people.use_refresh_token",
            token_hash=hash_token(before),
            now=now,
            client_hash=client.hash,
        )
        await session.execute(
            "people.add_refresh_token",
            token_hash=hash_token(tokens.refresh),
            session_id=stored.session_id,
        )
        last = stored.created_at + timedelta(days=API_SESSION_DAYS_MAX)
        await session.execute(
            "people.renew_api_session",
            session_id=stored.session_id,
            token_hash=hash_token(tokens.access),
            token_expires_at=now + timedelta(seconds=ACCESS_TOKEN_SECONDS),
            expires_at=min(now + timedelta(days=API_SESSION_IDLE_DAYS), last),
            now=now,
        )


async def _is_repeat(
    uow: UnitOfWork, stored: StoredRefreshToken, client: SessionClient, *, tokens: TokenPair
) -> bool:
    """Whether the client that used the token asks again, and nobody has used what it led to."""
    assert stored.used_at is not None, "the caller has looked"
    age = uow.now - stored.used_at
    if age > timedelta(seconds=REFRESH_REPEAT_SECONDS) or stored.client_hash != client.hash:
        return False
    is_used = await uow.session.fetch_value(
        "people.is_refresh_token_used", bool, token_hash=hash_token(tokens.refresh)
    )
    return is_used is False

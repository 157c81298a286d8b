"""Sign-in: people who use programs, apart from any business."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.entrypoints.inputs.accounts import RefreshRequest, SignInRequest
from fullhouse.entrypoints.outputs.accounts import ProfileResponse, TokenResponse
from fullhouse.entrypoints.security.access import AccountContext
from fullhouse.entrypoints.security.account_sessions import client_of
from fullhouse.http.operations.operation import operation
from fullhouse.http.request import Request
from fullhouse.kernel.context import Permission
from fullhouse.people.actions.refresh_session import RefreshSession
from fullhouse.people.actions.sign_in import SignIn
from fullhouse.people.actions.sign_out import SignOut
from fullhouse.people.errors import (
    SecondFactorRequired,
    SessionEnded,
    SignInBusy,
    SignInLocked,
    WrongCode,
    WrongCredentials,
)
from fullhouse.people.model.accounts import parse_login
from fullhouse.people.password_check import Guess
from fullhouse.people.reads.profiles import Profiles
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True)
class Authentication:
    """Signs people in and out, and says who is signed in."""

    sign_in_action: SignIn
    refresh_session: RefreshSession
    sign_out_action: SignOut
    unit_of_work: UnitOfWorkFactory
    profiles: Profiles
    tag: ClassVar[str] = "Sign-in"

    @operation(
        "POST",
        "/api/v1/auth/sign-in",
        allow=Permission.BROWSE,
        raises=(WrongCredentials, SecondFactorRequired, WrongCode, SignInLocked, SignInBusy),
    )
    async def sign_in(
        self, account: AccountContext, *, body: SignInRequest, request: Request
    ) -> TokenResponse:
        """Sign in with a password.

        The access token opens every operation of the businesses that the person works for, with the
        rights of her role there. It lasts a quarter of an hour, the session 30 days after its last
        refresh. After ten wrong attempts `locked` says when to try again.
        """
        guess = Guess(
            login=parse_login(body.login),
            password=body.password,
            network=request.client_address,
        )
        client = client_of(request)
        opened = await self.sign_in_action.program(
            guess, client, code=body.code or "", context=account.context
        )
        return TokenResponse.of(opened.tokens)

    @operation("POST", "/api/v1/auth/refresh", allow=Permission.BROWSE, raises=(SessionEnded,))
    async def refresh(
        self, account: AccountContext, *, body: RefreshRequest, request: Request
    ) -> TokenResponse:
        """Exchange a refresh token for new tokens.

        A refresh token is used once. One that comes again ends the session, since somebody else may
        have it; only a repeat by the same client within 30 seconds gets the same tokens again.
        """
        tokens = await self.refresh_session(
            body.refresh_token, client_of(request), context=account.context
        )
        return TokenResponse.of(tokens)

    @operation("POST", "/api/v1/auth/sign-out", allow=Permission.USE_ACCOUNT)
    async def sign_out(self, account: AccountContext) -> None:
        """End the session of this access token, with all its tokens."""
        assert account.token is not None, "the permission was checked"
        async with self.unit_of_work(account.context, account.org_id) as uow:
            await self.sign_out_action(uow, account.token)

    @operation("GET", "/api/v1/auth/profile", allow=Permission.USE_ACCOUNT)
    async def get_profile(self, account: AccountContext) -> ProfileResponse:
        """Return who is signed in, and the businesses that the person works for."""
        return ProfileResponse.of(await self.profiles.profile(account.signed_in.account_id))

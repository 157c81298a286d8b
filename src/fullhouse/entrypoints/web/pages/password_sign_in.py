"""`/admin/sign-in`: sign in with login and password, then go on where one wanted to."""

from http import HTTPStatus

import msgspec

from fullhouse.booking.model.urls import (
    FORGOTTEN_PATH,
    SIGN_IN_CODE_PATH,
    SIGN_IN_PATH,
    SIGN_UP_PATH,
    with_query,
)
from fullhouse.entrypoints.security.account_sessions import (
    PENDING_COOKIE,
    SESSION_COOKIE,
    AccountSessions,
    client_of,
    device_cookie,
    device_tokens,
)
from fullhouse.entrypoints.web.account_views import AccountFormView, return_path, show, show_form
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Field, Link, Note
from fullhouse.http.response import Response
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.actions.sign_in import CodeWanted, SignedIn, SignIn
from fullhouse.people.actions.sign_out import SignOut
from fullhouse.people.errors import (
    NotSignedIn,
    SignInBusy,
    SignInLocked,
    WrongCode,
    WrongCredentials,
)
from fullhouse.people.limits import LOGIN_CHARACTERS_MAX
from fullhouse.people.model.accounts import parse_login
from fullhouse.people.password_check import Guess
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_MINUTE_SECONDS = 60


class PasswordSignInPages(msgspec.Struct, frozen=True):
    """Sign-in with a password."""

    sessions: AccountSessions
    sign_in_action: SignIn
    sign_out_action: SignOut
    unit_of_work: UnitOfWorkFactory

    async def form(self, page: PageContext) -> Response:
        """The form. Somebody who is signed in is told so: another page has sent her here."""
        note = await self._who_is_signed_in(page)
        return _render(page, page.query("next") or "", note=note)

    async def sign_in(self, page: PageContext) -> Response:
        """Open a session and go on, or say why not."""
        form = await page.request.form()  # as typed: a password may begin with a space
        login, password = form.get("login", ""), form.get("password", "")
        goes_on = return_path(form.get("next", ""))
        if problems := _problems(page, login, password):
            return _render(page, goes_on, login=login, problems=problems)
        guess = Guess(
            login=parse_login(login),
            password=password,
            network=page.request.client_address,
            devices=device_tokens(page.request),
        )
        try:
            signed_in = await self.sign_in_action(
                guess, client_of(page.request), context=page.context
            )
        except (WrongCredentials, SignInLocked, SignInBusy) as error:
            return _refused(page, goes_on, login=login, error=error)
        if isinstance(signed_in, CodeWanted):
            page.cookies.append(PENDING_COOKIE.holding(signed_in.pending, secure=page.is_secure))
            return page.redirect(with_query(SIGN_IN_CODE_PATH, next=goes_on))
        return await self._enter(page, signed_in, goes_on)

    async def code_form(self, page: PageContext) -> Response:
        """The form for the code of the second factor."""
        return _render_code(page, page.query("next") or "")

    async def sign_in_with_code(self, page: PageContext) -> Response:
        """Open a session. Raises `NotSignedIn` when the password was given too long ago."""
        form = await page.form()
        goes_on = return_path(form.get("next", ""))
        try:
            signed_in = await self.sign_in_action.with_code(
                PENDING_COOKIE.read(page.request) or "",
                form.get("code", ""),
                client_of(page.request),
                devices=device_tokens(page.request),
                context=page.context,
            )
        except WrongCode:
            _ = page.translations.gettext
            return _render_code(page, goes_on, problem=_("This code is wrong or was used before."))
        except SignInLocked as error:
            return _refused(page, goes_on, login="", error=error)
        page.cookies.append(PENDING_COOKIE.removed(secure=page.is_secure))
        return await self._enter(page, signed_in, goes_on)

    async def _enter(self, page: PageContext, signed_in: SignedIn, goes_on: str) -> Response:
        """Replace the session of the browser, so that nobody else knows the new one."""
        if page.session_token:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                await self.sign_out_action(uow, page.session_token)
        page.cookies.append(SESSION_COOKIE.holding(signed_in.session.token, secure=page.is_secure))
        page.cookies.append(device_cookie(page.request, signed_in.device))
        return page.redirect(goes_on)

    async def _who_is_signed_in(self, page: PageContext) -> Note | None:
        if not page.session_token:
            return None
        try:
            person = await self.sessions.session(page.session_token)
        except NotSignedIn:
            return None
        _ = page.translations.gettext
        return Note(
            "info",
            _("You are signed in as %(name)s.", name=person.name),
            _(
                "You have no access to the page you wanted, or were signed out there. Sign in "
                "again, or with another account."
            ),
        )


def _problems(page: PageContext, login: str, password: str) -> dict[str, str]:
    _, problems = page.translations.gettext, {}
    if not login.strip():
        problems["login"] = _("Enter your e-mail address or national ID")
    if not password:
        problems["password"] = _("Enter your password")
    return problems


def _refused(page: PageContext, goes_on: str, *, login: str, error: FullhouseError) -> Response:
    _ = page.translations.gettext
    if isinstance(error, TransientError):
        seconds = error.retry_after_seconds
        text = (
            _("There were too many attempts.")
            if isinstance(error, SignInLocked)
            else _("Very many people are signing in right now.")
        )
        note = Note("warn", text, _("Try again in %(time)s.", time=_wait(page, seconds)))
        response = _render(
            page, goes_on, login=login, note=note, status=HTTPStatus.TOO_MANY_REQUESTS
        )
        return response.with_headers((b"retry-after", b"%d" % seconds))
    note = Note(
        "bad",
        _("E-mail address, national ID or password is wrong."),
        _("Check both, or reset your password."),
    )
    return _render(page, goes_on, login=login, note=note, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _wait(page: PageContext, seconds: int) -> str:
    ngettext = page.translations.ngettext
    if seconds < _MINUTE_SECONDS:
        return ngettext("%(n)s second", "%(n)s seconds", seconds)
    minutes = -(-seconds // _MINUTE_SECONDS)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes)


def _render_code(page: PageContext, goes_on: str, *, problem: str = "") -> Response:
    _ = page.translations.gettext
    view = AccountFormView(
        title=_("Enter your code"),
        lead=_("Open your authenticator app, or use one of your recovery codes."),
        action=SIGN_IN_CODE_PATH,
        button=_("Sign in"),
        fields=(Field("code", _("Code"), problem=problem, autocomplete="one-time-code"),),
        hidden=(("next", return_path(goes_on)),),
        links=(Link(_("Start again"), SIGN_IN_PATH),),
    )
    return show_form(page, view)


def _render(
    page: PageContext,
    goes_on: str,
    *,
    login: str = "",
    problems: dict[str, str] | None = None,
    note: Note | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    _, problem = page.translations.gettext, (problems or {}).get
    view = AccountFormView(
        title=_("Sign in"),
        action=SIGN_IN_PATH,
        button=_("Sign in"),
        fields=(
            Field(
                "login",
                _("E-mail address or national ID"),
                login[:LOGIN_CHARACTERS_MAX],
                problem=problem("login", ""),
                autocomplete="username",
            ),
            Field(
                "password",
                _("Password"),
                problem=problem("password", ""),
                kind="password",
                autocomplete="current-password",
            ),
        ),
        hidden=(("next", return_path(goes_on)),),
        note=note,
        links=(
            Link(_("Forgot your password?"), FORGOTTEN_PATH),
            Link(_("Make an account"), SIGN_UP_PATH),
        ),
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else status
    return show(page, view, status)

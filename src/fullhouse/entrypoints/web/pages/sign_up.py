"""`/admin/sign-up`: make an account, by a link that proves whose the e-mail address is."""

from http import HTTPStatus

import msgspec

from fullhouse.booking.model.urls import ACCOUNT_PATH, SIGN_IN_PATH, SIGN_UP_PATH
from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE, client_of
from fullhouse.entrypoints.web.account_views import AccountFormView, password_field, show_form
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.password_reset import password_problem
from fullhouse.entrypoints.web.views import Field, Link
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import INSTALLATION, Ids
from fullhouse.kernel.text import one_line
from fullhouse.people.actions.set_password import HashNewPassword
from fullhouse.people.actions.sign_out import SignOut
from fullhouse.people.actions.sign_up import RequestSignUp, SignUp
from fullhouse.people.errors import EmailTaken, SignInLocked
from fullhouse.people.limits import EMAIL_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from fullhouse.people.model.contact import email_address, readable_address
from fullhouse.people.reads.accounts import sign_up_email
from fullhouse.people.updates import open_pages_session
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class SignUpPages(msgspec.Struct, frozen=True):
    """Making an account. The link stands for a permission; a GET of it changes nothing."""

    unit_of_work: UnitOfWorkFactory
    request_sign_up: RequestSignUp
    sign_up: SignUp
    sign_out: SignOut
    hash_new_password: HashNewPassword
    ids: Ids

    async def form(self, page: PageContext) -> Response:
        return _form(page) if page.sends_email else _no_mail_server(page)

    async def send(self, page: PageContext) -> Response:
        """The same page whether or not the address has an account."""
        if not page.sends_email:
            return _no_mail_server(page)
        typed = (await page.form()).get("email", "")
        _ = page.translations.gettext
        try:
            email = email_address(typed)
        except InvalidInput:
            problem = _("Enter an e-mail address like name@example.com")
            return _form(page, email=typed, problem=problem)
        network, locale = page.request.client_address, page.language
        try:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                await self.request_sign_up(uow, email, network=network, locale=locale)
        except SignInLocked as error:
            return _locked(page, email, error)
        view = AccountFormView(
            title=_("Look at your e-mails"),
            lead=_(
                "We have sent a link to %(email)s. With it you choose a password. "
                "It works for an hour. If nothing arrives, please check your spam folder.",
                email=readable_address(email),
            ),
            action="",
            button="",
            links=(Link(_("Back to sign-in"), SIGN_IN_PATH),),
        )
        return show_form(page, view)

    async def details(self, page: PageContext) -> Response:
        """The form of a link. Raises `SignInLinkSpent`."""
        return _details(page, await self._email(page))

    async def make(self, page: PageContext) -> Response:
        """Make the account, and open its page. Raises `SignInLinkSpent`."""
        email, form = await self._email(page), await page.request.form()
        name, _ = one_line(form.get("name", "")), page.translations.gettext
        problems, hashed = {}, ""
        if not 0 < len(name) <= NAME_CHARACTERS_MAX:
            problems["name"] = _("Enter your name")
        try:
            typed = form.get("password", "")
            hashed = await self.hash_new_password(typed, personal=(name, email))
        except InvalidInput as error:
            problems["password"] = password_problem(page, error)
        if problems:
            return _details(page, email, name=name, problems=problems)
        try:
            token = await self._enter(page, name=name, password_hash=hashed)
        except EmailTaken:
            return _account_exists(page, email)
        page.cookies.append(SESSION_COOKIE.holding(token, secure=page.is_secure))
        return page.redirect(ACCOUNT_PATH)

    async def _enter(self, page: PageContext, *, name: str, password_hash: str) -> str:
        """The token of the new person's session; that of whoever used the browser before ends."""
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            account_id = await self.sign_up(
                uow,
                page.path_parameter("token"),
                name=name,
                password_hash=password_hash,
                locale=page.language,
            )
            if page.session_token:
                await self.sign_out(uow, page.session_token)
            opened = await open_pages_session(
                uow, account_id, client_of(page.request), ids=self.ids
            )
        return opened.token

    async def _email(self, page: PageContext) -> str:
        async with self.unit_of_work.database.session() as session:
            return await sign_up_email(session, page.path_parameter("token"), now=page.now)


def _no_mail_server(page: PageContext) -> Response:
    _ = page.translations.gettext
    view = AccountFormView(
        title=_("Make an account"),
        lead=_(
            "This site sends no e-mail, so you cannot make an account here. You need none to "
            "book: the link of your ticket shows and changes your booking."
        ),
        action="",
        button="",
        links=(Link(_("Back to sign-in"), SIGN_IN_PATH),),
    )
    return show_form(page, view)


def _form(page: PageContext, *, email: str = "", problem: str = "") -> Response:
    _ = page.translations.gettext
    view = AccountFormView(
        title=_("Make an account"),
        lead=_(
            "See all your bookings in one place. Use the e-mail address you book with: "
            "we'll send a link to it."
        ),
        action=SIGN_UP_PATH,
        button=_("Send the link"),
        fields=(
            Field(
                "email",
                _("E-mail"),
                email[:EMAIL_CHARACTERS_MAX],
                problem=problem,
                kind="email",
                autocomplete="email",
            ),
        ),
        links=(Link(_("Back to sign-in"), SIGN_IN_PATH),),
    )
    return show_form(page, view)


def _locked(page: PageContext, email: str, error: SignInLocked) -> Response:
    problem = page.translations.gettext("There were too many attempts. Please try again later.")
    answer = _form(page, email=email, problem=problem)
    retry = (b"retry-after", b"%d" % error.retry_after_seconds)
    return Response(HTTPStatus.TOO_MANY_REQUESTS, answer.body, answer.headers).with_headers(retry)


def _details(
    page: PageContext, email: str, *, name: str = "", problems: dict[str, str] | None = None
) -> Response:
    _, problem = page.translations.gettext, (problems or {}).get
    view = AccountFormView(
        title=_("Make an account"),
        lead=_("You will sign in with %(email)s.", email=readable_address(email)),
        action=page.request.path,
        button=_("Make the account"),
        fields=(
            Field(
                "name",
                _("Your name"),
                name[:NAME_CHARACTERS_MAX],
                problem=problem("name", ""),
                autocomplete="name",
            ),
            password_field(page.translations, problem=problem("password", "")),
        ),
    )
    return show_form(page, view)


def _account_exists(page: PageContext, email: str) -> Response:
    _ = page.translations.gettext
    view = AccountFormView(
        title=_("You have an account already"),
        lead=_("Sign in with %(email)s.", email=readable_address(email)),
        action="",
        button="",
        links=(Link(_("Sign in"), SIGN_IN_PATH),),
    )
    return show_form(page, view, is_refused=True)

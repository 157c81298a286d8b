"""`/admin/sign-up`: make an account, by a link that proves whose the e-mail address is."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec

from fullhouse.booking.model.urls import ACCOUNT_PATH, SIGN_IN_PATH, SIGN_UP_PATH
from fullhouse.entrypoints.security.account_sessions import (
    SESSION_COOKIE,
    client_of,
    device_cookie,
)
from fullhouse.entrypoints.web.account_views import (
    AccountFormView,
    person_fields,
    show_form,
    show_text,
)
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Field, Link
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import INSTALLATION, Ids
from fullhouse.people.actions.read_new_person import NewPerson, read_new_person
from fullhouse.people.actions.set_password import HashNewPassword
from fullhouse.people.actions.sign_out import SignOut
from fullhouse.people.actions.sign_up import RequestSignUp, SignUp
from fullhouse.people.errors import EmailTaken, SignInLocked
from fullhouse.people.limits import EMAIL_CHARACTERS_MAX
from fullhouse.people.model import AccountId
from fullhouse.people.model.contact import email_address, readable_address
from fullhouse.people.reads.accounts import sign_up_email
from fullhouse.people.updates import OpenedSession, open_pages_session
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class SignUpPages(msgspec.Struct, frozen=True):
    """Making an account. The link stands for a permission; a GET of it changes nothing."""

    unit_of_work: UnitOfWorkFactory
    request_sign_up: RequestSignUp
    sign_up: SignUp
    sign_out: SignOut
    hash_new_password: HashNewPassword
    ids: Ids
    new_device: Callable[[AccountId], str]

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
        lead = _(
            "We have sent a link to %(email)s. With it you choose a password. "
            "It works for an hour. If nothing arrives, please check your spam folder.",
            email=readable_address(email),
        )
        return show_text(page, _("Look at your e-mails"), lead, _back(page))

    async def details(self, page: PageContext) -> Response:
        """The form of a link. Raises `SignInLinkSpent`."""
        return _details(page, await self._email(page), NewPerson(""))

    async def make(self, page: PageContext) -> Response:
        """Make the account, and open its page. Raises `SignInLinkSpent`."""
        email = await self._email(page)
        new = await read_new_person(await page.request.form(), email, self.hash_new_password)
        if new.problems:
            return _details(page, email, new)
        try:
            opened = await self._enter(page, new)
        except EmailTaken:
            _ = page.translations.gettext
            sign_in = Link(_("Sign in"), SIGN_IN_PATH)
            lead = _("Sign in with %(email)s.", email=readable_address(email))
            title, status = _("You have an account already"), HTTPStatus.CONFLICT
            return show_text(page, title, lead, sign_in, status=status)
        page.cookies.append(SESSION_COOKIE.holding(opened.token, secure=page.is_secure))
        page.cookies.append(device_cookie(page.request, self.new_device(opened.account_id)))
        return page.redirect(ACCOUNT_PATH)

    async def _enter(self, page: PageContext, new: NewPerson) -> OpenedSession:
        """The new person's session; that of whoever used the browser before ends."""
        token = page.path_parameter("token")
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            account_id = await self.sign_up(uow, token, new, locale=page.language)
            if page.session_token:
                await self.sign_out(uow, page.session_token)
            client = client_of(page.request)
            return await open_pages_session(uow, account_id, client, ids=self.ids)

    async def _email(self, page: PageContext) -> str:
        async with self.unit_of_work.database.session() as session:
            return await sign_up_email(session, page.path_parameter("token"), now=page.now)


def _back(page: PageContext) -> Link:
    return Link(page.translations.gettext("Back to sign-in"), SIGN_IN_PATH)


def _no_mail_server(page: PageContext) -> Response:
    _ = page.translations.gettext
    lead = _(
        "This site sends no e-mail, so you cannot make an account here. You need none to "
        "book: the link of your ticket shows and changes your booking."
    )
    return show_text(page, _("Make an account"), lead, _back(page))


def _form(page: PageContext, *, email: str = "", problem: str = "") -> Response:
    _ = page.translations.gettext
    typed = email[:EMAIL_CHARACTERS_MAX]
    view = AccountFormView(
        title=_("Make an account"),
        lead=_(
            "See all your bookings in one place. Use the e-mail address you book with: "
            "we'll send a link to it."
        ),
        action=SIGN_UP_PATH,
        button=_("Send the link"),
        fields=(
            Field("email", _("E-mail"), typed, problem=problem, kind="email", autocomplete="email"),
        ),
        links=(_back(page),),
    )
    return show_form(page, view)


def _locked(page: PageContext, email: str, error: SignInLocked) -> Response:
    problem = page.translations.gettext("There were too many attempts. Please try again later.")
    answer = _form(page, email=email, problem=problem)
    retry = (b"retry-after", b"%d" % error.retry_after_seconds)
    return Response(HTTPStatus.TOO_MANY_REQUESTS, answer.body, answer.headers).with_headers(retry)


def _details(page: PageContext, email: str, person: NewPerson) -> Response:
    _ = page.translations.gettext
    view = AccountFormView(
        title=_("Make an account"),
        lead=_("You will sign in with %(email)s.", email=readable_address(email)),
        action=page.request.path,
        button=_("Make the account"),
        fields=person_fields(page.translations, person),
    )
    return show_form(page, view)

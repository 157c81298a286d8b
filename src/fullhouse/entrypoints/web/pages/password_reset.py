"""`/admin/forgotten`, `/admin/reset/{token}`: a new password by a link that an e-mail carries."""

import msgspec

from fullhouse.booking.model.urls import FORGOTTEN_PATH, SIGN_IN_PATH
from fullhouse.entrypoints.web.account_views import (
    AccountFormView,
    password_field,
    show_form,
    show_text,
)
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Field, Link, Note
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.actions.reset_password import (
    RequestPasswordReset,
    ResetPassword,
    reset_text,
)
from fullhouse.people.actions.set_password import HashNewPassword
from fullhouse.people.limits import LOGIN_CHARACTERS_MAX
from fullhouse.people.model.accounts import parse_login
from fullhouse.people.reads.accounts import LinkOwner, require_open_link
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class PasswordResetPages(msgspec.Struct, frozen=True):
    """Resetting a password; the link stands for a permission."""

    database: Database
    unit_of_work: UnitOfWorkFactory
    request_reset: RequestPasswordReset
    reset_password: ResetPassword
    hash_new_password: HashNewPassword

    async def forgotten(self, page: PageContext) -> Response:
        return _forgotten(page)

    async def send(self, page: PageContext) -> Response:
        """The same page whether or not somebody has the login."""
        login = (await page.form()).get("login", "")
        _ = page.translations.gettext
        if not login:
            return _forgotten(page, problem=_("Enter your e-mail address or national ID"))
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            await self.request_reset(uow, parse_login(login))
        lead = _(
            "If there is an account for %(login)s, we have sent a link to its e-mail "
            "address. It works for an hour.",
            login=login[:LOGIN_CHARACTERS_MAX],
        )
        if not page.sends_email:
            lead = _("No mail server is set up. Ask your administrator for a sign-in link.")
        back = Link(_("Back to sign-in"), SIGN_IN_PATH)
        return show_text(page, _("Look at your e-mails"), lead, back)

    async def form(self, page: PageContext) -> Response:
        """The form of a link. Raises `SignInLinkSpent`."""
        await self._require_open(page)
        return _reset(page)

    async def reset(self, page: PageContext) -> Response:
        """Store the new password, and lead to the sign-in. Raises `SignInLinkSpent`."""
        owner = await self._require_open(page)
        typed = (await page.request.form()).get("password", "")
        try:
            hashed = await self.hash_new_password(typed, personal=(owner.name, owner.email or ""))
        except InvalidInput as error:
            return _reset(page, problem=password_problem(page, error))
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            done = await self.reset_password(uow, page.path_parameter("token"), hashed)
        _ = page.translations.gettext
        sign_in = Link(_("Sign in"), SIGN_IN_PATH)
        return show_text(page, _("Your password has changed"), _(reset_text(done)), sign_in)

    async def _require_open(self, page: PageContext) -> LinkOwner:
        async with self.database.session() as session:
            return await require_open_link(session, page.path_parameter("token"), now=page.now)


def password_problem(page: PageContext, error: InvalidInput) -> str:
    """Why a password is refused, in the language of the page."""
    return page.translations.gettext(error.detail)


def _forgotten(page: PageContext, *, problem: str = "") -> Response:
    _ = page.translations.gettext
    view = AccountFormView(
        title=_("Forgot your password?"),
        lead=_("We'll send you a link with which you choose a new one."),
        action=FORGOTTEN_PATH,
        button=_("Send the link"),
        fields=(
            Field(
                "login",
                _("E-mail address or national ID"),
                problem=problem,
                autocomplete="username",
            ),
        ),
        links=(Link(_("Back to sign-in"), SIGN_IN_PATH),),
    )
    return show_form(page, view)


def _reset(page: PageContext, *, problem: str = "") -> Response:
    _ = page.translations.gettext
    note = Note("bad", _("Your password was not changed.")) if problem else None
    view = AccountFormView(
        title=_("Choose a new password"),
        action=page.request.path,
        button=_("Save the password"),
        fields=(password_field(page.translations, problem=problem),),
        note=note,
    )
    return show_form(page, view)

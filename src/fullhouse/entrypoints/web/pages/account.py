"""`/admin/account`: one's own bookings, name, e-mail, password, second factor and sessions."""

from typing import Final
from uuid import UUID

import msgspec
import segno

from fullhouse.booking.model.urls import ACCOUNT_PATH, SignedUrls, with_query
from fullhouse.bootstrap.accounts import AccountActions
from fullhouse.customers.own_booking_texts import OwnLists, own_booking_lists, own_waiting_lines
from fullhouse.customers.reads.own_bookings import bookings_of_account, waiting_of_account
from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE, device_tokens
from fullhouse.entrypoints.web.account_presenter import (
    DELETE_FIELD,
    SECOND_FACTOR_PATH,
    AccountPresenter,
    code_field,
)
from fullhouse.entrypoints.web.account_views import (
    CLEAR_SITE_DATA,
    AccountFormView,
    show_form,
    show_text,
)
from fullhouse.entrypoints.web.forms import read_version
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.password_reset import password_problem
from fullhouse.entrypoints.web.views import Field, Link, Note
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.kernel.text import one_line
from fullhouse.localisation.translations import language_names
from fullhouse.people.actions.change_password import session_id_of
from fullhouse.people.actions.verify_person import VerifyPerson
from fullhouse.people.errors import (
    AccountInUse,
    NationalIdTaken,
    NotSignedIn,
    SessionEnded,
    SignInBusy,
    SignInLocked,
    WrongCode,
    WrongCredentials,
)
from fullhouse.people.limits import NAME_CHARACTERS_MAX
from fullhouse.people.model import AccountId
from fullhouse.people.model.accounts import AccountProfile
from fullhouse.people.model.contact import email_address
from fullhouse.people.model.one_time_codes import provisioning_uri
from fullhouse.people.reads.own_account import OwnAccount, own_account
from fullhouse.people.session_texts import account_in_use_text
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_KEPT: Final = frozenset({"name", "locale", "email", "national_id", "country"})
"""Fields that come back as they were typed; a password never does."""


class AccountPages(msgspec.Struct, frozen=True):
    """The account of the person who is signed in."""

    database: Database
    unit_of_work: UnitOfWorkFactory
    accounts: AccountActions
    urls: SignedUrls

    async def redirect(self, page: PageContext) -> Response:
        return page.redirect(ACCOUNT_PATH)

    async def show(self, page: PageContext) -> Response:
        own = await own_account_of(page, self.database)
        return AccountPresenter(page, own, await self._lists(page)).show()

    async def save_profile(self, page: PageContext) -> Response:
        own, form = await own_account_of(page, self.database), await page.form()
        _, name, locale = (
            page.translations.gettext,
            one_line(form.get("name", "")),
            form.get("locale"),
        )
        if not 0 < len(name) <= NAME_CHARACTERS_MAX:
            return await self._refused(page, own, form, name=_("Enter your name"))
        try:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                await self.accounts.change_account(
                    uow,
                    own.account.account_id,
                    name=name,
                    locale=locale if locale in language_names() else None,
                    version=read_version(form.get("version")) or 0,
                )
        except VersionConflict:
            note = Note("bad", _("Your account was changed in the meantime. Please look again."))
            lists = await self._lists(page)
            return AccountPresenter(page, own, lists, form).show(note)
        return _done(page, "profile")

    async def change_email(self, page: PageContext) -> Response:
        own, form = await own_account_of(page, self.database), await page.form()
        try:
            email = email_address(form.get("email", ""))
        except InvalidInput:
            problem = page.translations.gettext("Enter an e-mail address like name@example.com")
            return await self._refused(page, own, form, email=problem)
        if problems := await self._not_verified(page, own, "email_current"):
            return await self._refused(page, own, form, **problems)
        network = page.request.client_address
        try:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                await self.accounts.request_email_change(uow, own.account, email, network=network)
        except SignInLocked:
            return await self._refused(page, own, form, email=_too_many(page))
        return _done(page, "email")

    async def change_national_id(self, page: PageContext) -> Response:
        """The password comes first: an open browser alone does not learn whose ID it is."""
        own, form = await own_account_of(page, self.database), await page.form()
        if problems := await self._not_verified(page, own, "national_id_current"):
            return await self._refused(page, own, form, **problems)
        _, typed = page.translations.gettext, form.get("national_id", "")
        try:
            await self.accounts.change_national_id(
                own.account.account_id,
                typed,
                country=form.get("country", ""),
                network=page.request.client_address,
                context=page.context,
            )
        except (InvalidInput, NationalIdTaken) as error:
            return await self._refused(page, own, form, national_id=_(error.detail))
        except SignInLocked:
            return await self._refused(page, own, form, national_id=_too_many(page))
        return _done(page, "national-id")

    async def remove_national_id(self, page: PageContext) -> Response:
        own = await own_account_of(page, self.database)
        if problems := await self._not_verified(page, own, "national_id_removal_current"):
            return await self._refused(page, own, {}, **problems)
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            await self.accounts.change_national_id.remove(uow, own.account.account_id)
        return _done(page, "national-id-removed")

    async def change_password(self, page: PageContext) -> Response:
        own = await own_account_of(page, self.database)
        if problems := await self._not_verified(page, own, "password_current"):
            return await self._refused(page, own, {}, **problems)
        typed = (await page.request.form()).get("password", "")
        personal = (own.account.name, own.account.email or "")
        try:
            hashed = await self.accounts.hash_new_password(typed, personal=personal)
        except InvalidInput as error:
            return await self._refused(page, own, {}, password=password_problem(page, error))
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            await self.accounts.change_password(
                uow, own.account.account_id, hashed, token=page.session_token or ""
            )
        return _done(page, "password")

    async def second_factor(self, page: PageContext) -> Response:
        """The QR code of a new second factor; for somebody who has one, the account."""
        own = await own_account_of(page, self.database)
        return _done(page) if own.has_second_factor else await self._factor_form(page, own)

    async def confirm_second_factor(self, page: PageContext) -> Response:
        """Confirm it by the password and a first code, and show the recovery codes."""
        own, code = await own_account_of(page, self.database), (await page.form()).get("code", "")
        if own.has_second_factor:
            return _done(page, "codes")  # sent twice: the browser has dropped the first answer
        if problems := await self._not_verified(page, own, "factor_current"):
            return await self._factor_form(page, own, **problems)
        try:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                codes = await self.accounts.confirm_second_factor(uow, account_id_of(page), code)
        except WrongCode:
            problem = page.translations.gettext("This code is wrong or was used before.")
            return await self._factor_form(page, own, code=problem)
        return _codes(page, codes)

    async def remove_second_factor(self, page: PageContext) -> Response:
        own = await own_account_of(page, self.database)
        if problems := await self._not_verified(page, own, "factor_current"):
            return await self._refused(page, own, {}, **problems)
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            await self.accounts.remove_second_factor(uow, own.account.account_id)
        return _done(page, "removed")

    async def renew_codes(self, page: PageContext) -> Response:
        own = await own_account_of(page, self.database)
        if not own.has_second_factor:
            return _done(page)
        if problems := await self._not_verified(page, own, "codes_current"):
            return await self._refused(page, own, {}, **problems)
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            codes = await self.accounts.renew_recovery_codes(uow, own.account.account_id)
        return _codes(page, codes)

    async def end_sessions(self, page: PageContext) -> Response:
        """End the session that the form names, or all others when it names none."""
        own, named = await own_account_of(page, self.database), (await page.form()).get("session")
        if problems := await self._not_verified(page, own, "sessions_current"):
            return await self._refused(page, own, {}, **problems)
        end = self.accounts.end_sessions
        try:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                if named:
                    await end.one(uow, account_id_of(page), session_id_of(named))
                else:
                    await end.others(uow, account_id_of(page), token=page.session_token or "")
        except SessionEnded:
            pass  # it is over, as was wanted
        return _done(page, "ended")

    async def delete(self, page: PageContext) -> Response:
        """Delete the account; whoever works for a business is told what to do first."""
        own, _ = await own_account_of(page, self.database), page.translations.gettext
        if problems := await self._not_verified(page, own, DELETE_FIELD):
            return await self._refused(page, own, {}, **problems)
        try:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                await self.accounts.delete_account(uow, own.account.account_id)
        except AccountInUse as error:
            note = Note("bad", account_in_use_text(error.businesses, page.translations))
            return AccountPresenter(page, own, await self._lists(page)).show(note)
        page.cookies.append(SESSION_COOKIE.removed(secure=page.is_secure))
        text = _("You are signed out everywhere. You can book as before, also without an account.")
        return show_text(page, _("Your account is deleted"), text).with_headers(CLEAR_SITE_DATA)

    async def _lists(self, page: PageContext) -> OwnLists:
        account_id, now = account_id_of(page), page.now
        async with self.database.unrestricted.session() as session:
            found = await bookings_of_account(session, account_id, language=page.language)
            waiting = await waiting_of_account(session, account_id, now=now, language=page.language)
        return OwnLists(
            own_booking_lists(found, self.urls, language=page.language, now=now),
            own_waiting_lines(waiting, self.urls, language=page.language, now=now),
        )

    async def _not_verified(self, page: PageContext, own: OwnAccount, field: str) -> dict[str, str]:
        return await person_problems(page, self.accounts.verify_person, own.account, field=field)

    async def _refused(
        self, page: PageContext, own: OwnAccount, form: dict[str, str], **problems: str
    ) -> Response:
        typed = {name: text for name, text in form.items() if name in _KEPT}
        lists = await self._lists(page)
        return AccountPresenter(page, own, lists, typed, problems).show()

    async def _factor_form(self, page: PageContext, own: OwnAccount, **problems: str) -> Response:
        _, problem = page.translations.gettext, problems.get("code", "")
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            secret = await self.accounts.begin_second_factor(uow, own.account.account_id)
        uri = provisioning_uri(secret, own.account.email or own.account.name)
        view = AccountFormView(
            title=_("Add a second factor"),
            lead=_("Scan this with an authenticator app, then enter the code that it shows."),
            action=SECOND_FACTOR_PATH,
            button=_("Confirm"),
            fields=(
                *AccountPresenter(page, own, problems=problems).current("factor_current"),
                Field("code", _("Code"), problem=problem, autocomplete="one-time-code"),
            ),
            image=segno.make(uri, error="m").svg_data_uri(scale=4, border=2, light="white"),
            image_text=_("QR code for the authenticator app"),
            codes=(secret,),
            links=(Link(_("Back"), ACCOUNT_PATH),),
        )
        return show_form(page, view)


async def own_account_of(page: PageContext, database: Database) -> OwnAccount:
    """The account of who is signed in, with its sessions. Raises `NotSignedIn`."""
    async with database.session() as session:
        return await own_account(
            session, account_id_of(page), token=page.session_token or "", now=page.now
        )


async def person_problems(
    page: PageContext, verify: VerifyPerson, account: AccountProfile, *, field: str
) -> dict[str, str]:
    """What is wrong with password or code that were typed again, by field."""
    _, typed, code = page.translations.gettext, await page.request.form(), code_field(field)
    try:
        await verify(
            account,
            typed.get(field, ""),
            code=typed.get(code, ""),
            network=page.request.client_address,
            devices=device_tokens(page.request),
        )
    except WrongCredentials:
        return {field: _("This is not your current password.")}
    except WrongCode:
        return {code: _("This code is wrong or was used before.")}
    except (SignInLocked, SignInBusy):
        return {field: _("There were too many attempts. Please try again later.")}
    return {}


def account_id_of(page: PageContext) -> AccountId:
    """Who is signed in. Raises `NotSignedIn`."""
    found = page.context.principal.id
    if not isinstance(found, UUID):
        raise NotSignedIn
    return AccountId(found)


def _too_many(page: PageContext) -> str:
    return page.translations.gettext("There were too many attempts. Please try again later.")


def _done(page: PageContext, what: str | None = None) -> Response:
    """The account, with a note of what was done; without one where there was nothing to do."""
    return page.redirect(with_query(ACCOUNT_PATH, done=what))


def _codes(page: PageContext, codes: list[str]) -> Response:
    _ = page.translations.gettext
    view = AccountFormView(
        title=_("Your recovery codes"),
        lead=_("Keep them where you find them without your phone. We show them only now."),
        codes=tuple(codes),
        links=(Link(_("I have kept them"), ACCOUNT_PATH),),
    )
    return show_form(page, view)

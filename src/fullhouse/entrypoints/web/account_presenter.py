"""What the page of an account shows."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec

from fullhouse.booking.model.urls import ACCOUNT_PATH, FORGOTTEN_PATH
from fullhouse.customers.own_booking_texts import OwnLists, no_bookings_text
from fullhouse.entrypoints.web.account_views import (
    AccountFormView,
    AccountView,
    current_code_field,
    current_password_field,
    password_field,
)
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice, Field, Link, Note
from fullhouse.http.response import Response
from fullhouse.localisation.territories import country_names
from fullhouse.localisation.translations import gettext_noop, language_names
from fullhouse.people.model.national_id import COUNTRIES_WITH_CHECK_DIGITS
from fullhouse.people.reads.own_account import OwnAccount
from fullhouse.people.session_texts import session_lines

SECOND_FACTOR_PATH: Final = f"{ACCOUNT_PATH}/second-factor"
DELETE_FIELD: Final = "delete_current"
DONE: Final[Mapping[str, str]] = {
    "profile": gettext_noop("Your details were saved."),
    "email": gettext_noop("We've sent a link to both addresses. Open both to change it."),
    "national-id": gettext_noop("Your national ID was saved. You can sign in with it now."),
    "national-id-removed": gettext_noop("Your national ID was removed."),
    "password": gettext_noop("Your password has changed. All other sessions have ended."),
    "removed": gettext_noop("The second factor was removed."),
    "codes": gettext_noop(
        "Your second factor is on. Its recovery codes were shown once: if you did not keep them, "
        "show new ones below."
    ),
    "ended": gettext_noop("The session was ended."),
}


def code_field(password: str) -> str:
    """The name of the field of the code beside that of a password."""
    return f"{password}_code"


class AccountPresenter(msgspec.Struct, frozen=True):
    """Shows an account; `typed` and `problems` are of a form that was refused, by field."""

    page: PageContext
    own: OwnAccount
    lists: OwnLists = OwnLists()
    typed: Mapping[str, str] = {}
    problems: Mapping[str, str] = {}

    def show(self, note: Note | None = None) -> Response:
        _ = self.page.translations.gettext
        done = DONE.get(self.page.query("done") or "")
        if done and note is None and not self.problems:
            note = Note("good", _(done))
        view = AccountView(
            title=_("Your account"),
            bookings=self.lists.bookings,
            waiting=self.lists.waiting,
            sections=(
                *(() if self.lists.bookings else self._no_bookings()),
                self._profile(),
                self._email(),
                *self._national_id(),
                self._password(),
                *self._factor(),
                self._delete(),
            ),
            note=note,
            sessions_title=_("Where you are signed in"),
            sessions=session_lines(self.own.sessions, self.page.utc_formatter),
            session_fields=self.current("sessions_current")
            if any(not one.is_this for one in self.own.sessions)
            else (),
            end_action=f"{ACCOUNT_PATH}/sessions",
            end_button=_("End this session"),
            end_others_button=_("End all other sessions"),
        )
        refused = bool(self.problems) or (note is not None and note.tone == "bad")
        status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
        return self.page.render("account.html", view.title, status=status, page=view)

    def _field(self, name: str, label: str, value: str, **more: str) -> Field:
        shown, problem = self.typed.get(name, value), self.problems.get(name, "")
        return Field(name, label, shown, problem=problem, **more)  # type: ignore[arg-type]  # texts

    def current(self, name: str) -> tuple[Field, ...]:
        """Asks for the password and the code of the second factor, those that there are."""
        translations, problem, code = self.page.translations, self.problems.get, code_field(name)
        fields = []
        if self.own.account.has_password:
            fields.append(
                current_password_field(translations, name=name, problem=problem(name, ""))
            )
        if self.own.has_second_factor:
            fields.append(current_code_field(translations, name=code, problem=problem(code, "")))
        return tuple(fields)

    def _no_bookings(self) -> tuple[AccountFormView, ...]:
        _, page, account = self.page.translations.gettext, self.page, self.own.account
        lead = no_bookings_text(account, language=page.language, sends_email=page.sends_email)
        send = (Link(_("Send the link"), FORGOTTEN_PATH),) if not account.email_verified_at else ()
        return (AccountFormView(title=_("Your bookings"), lead=lead, links=send),) if lead else ()

    def _profile(self) -> AccountFormView:
        _, account = self.page.translations.gettext, self.own.account
        now = self.typed.get("locale", account.locale or "")
        languages = tuple(
            Choice(tag, name, tag == now)
            for tag, name in (("", _("As the browser asks")), *language_names().items())
        )
        language = Field("locale", _("Language"), kind="select", optional=True, choices=languages)
        return AccountFormView(
            title=_("Your details"),
            action=f"{ACCOUNT_PATH}/profile",
            button=_("Save"),
            fields=(
                self._field("name", _("Your name"), account.name, autocomplete="name"),
                language,
            ),
            hidden=(("version", str(account.version)),),
        )

    def _email(self) -> AccountFormView:
        _, own = self.page.translations.gettext, self.own
        lead = (
            _("You sign in with %(email)s.", email=own.account.email) if own.account.email else ""
        )
        if own.waiting_email:
            lead = _("%(email)s waits until both addresses agree.", email=own.waiting_email)
        new = self._field("email", _("New e-mail address"), "", kind="email", autocomplete="email")
        return AccountFormView(
            title=_("E-mail"),
            lead=lead,
            action=f"{ACCOUNT_PATH}/email",
            button=_("Change the address"),
            fields=(new, *self.current("email_current")),
        )

    def _national_id(self) -> tuple[AccountFormView, ...]:
        _, page, path = self.page.translations.gettext, self.page, f"{ACCOUNT_PATH}/national-id"
        has_one, chosen = self.own.account.has_national_id, self.typed.get("country", "")
        countries = tuple(
            Choice(code, name, code == chosen)
            for code, name in (
                ("", _("Another country (not verified)")),
                *(
                    (c, n)
                    for c, n in country_names(page.language)
                    if c in COUNTRIES_WITH_CHECK_DIGITS
                ),
            )
        )
        change = AccountFormView(
            title=_("National ID"),
            lead=_("You can sign in with your national ID instead of your e-mail address.")
            if has_one
            else _(
                "Add your national ID to sign in with it instead of your e-mail address. It is "
                "stored encrypted and shown to nobody."
            ),
            action=path,
            button=_("Change the national ID") if has_one else _("Add the national ID"),
            fields=(
                self._field(
                    "national_id",
                    _("National ID"),
                    "",
                    hint=_(
                        "As you will type it to sign in. Spaces, dots and hyphens don't matter."
                    ),
                    autocomplete="off",
                ),
                Field("country", _("Country that issued it"), kind="select", choices=countries),
                *self.current("national_id_current"),
            ),
        )
        remove = AccountFormView(
            title=_("Remove the national ID"),
            lead=_("You sign in with your e-mail address alone then."),
            action=f"{path}/remove",
            button=_("Remove the national ID"),
            fields=self.current("national_id_removal_current"),
        )
        return (change, remove) if has_one else (change,)

    def _password(self) -> AccountFormView:
        _ = self.page.translations.gettext
        new = password_field(self.page.translations, problem=self.problems.get("password", ""))
        return AccountFormView(
            title=_("Password"),
            action=f"{ACCOUNT_PATH}/password",
            button=_("Change the password"),
            fields=(*self.current("password_current"), new),
        )

    def _factor(self) -> tuple[AccountFormView, ...]:
        _, own = self.page.translations.gettext, self.own
        if not own.has_second_factor:
            return (
                AccountFormView(
                    title=_("Second factor"),
                    lead=_("A code of your phone, so that a stolen password opens nothing."),
                    links=(Link(_("Add a second factor"), SECOND_FACTOR_PATH),),
                ),
            )
        left = self.page.translations.ngettext(
            "%(n)s recovery code is left.",
            "%(n)s recovery codes are left.",
            own.recovery_codes_left,
        )
        codes = AccountFormView(
            title=_("Recovery codes"),
            lead=left,
            action=f"{ACCOUNT_PATH}/recovery-codes",
            button=_("Show new codes"),
            fields=self.current("codes_current"),
        )
        remove = AccountFormView(
            title=_("Second factor"),
            lead=_("You need a code to sign in."),
            action=f"{SECOND_FACTOR_PATH}/remove",
            button=_("Remove the second factor"),
            fields=self.current("factor_current"),
        )
        return codes, remove

    def _delete(self) -> AccountFormView:
        _ = self.page.translations.gettext
        return AccountFormView(
            title=_("Delete your account"),
            lead=_(
                "Your name, e-mail address and password are deleted and all sessions end, at once "
                "and for good. Your bookings and places on waiting lists stay with the businesses, "
                "and the links in your e-mails still open them: cancel first what you no longer "
                "want. Ask a business to erase what it knows about you."
            ),
            action=f"{ACCOUNT_PATH}/delete",
            button=_("Delete the account for good"),
            fields=self.current(DELETE_FIELD),
        )

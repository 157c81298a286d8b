"""View values of the pages on which people sign in and see to their accounts."""

from http import HTTPStatus
from typing import Final

import msgspec

from fullhouse.booking.model.urls import (
    ADMIN_PATH,
    FORGOTTEN_PATH,
    SIGN_IN_PATH,
    SIGN_OUT_PATH,
    SIGN_UP_PATH,
)
from fullhouse.customers.own_booking_texts import BookingList, WaitingLine
from fullhouse.entrypoints.web.operator_navigation import is_operator_page, operator_navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Field, Link, Note
from fullhouse.http.local_path import local_path
from fullhouse.http.response import Response
from fullhouse.localisation.translations import Translations
from fullhouse.people.actions.read_new_person import NewPerson
from fullhouse.people.limits import PASSWORD_CHARACTERS_MIN
from fullhouse.people.session_texts import SessionLine

CLEAR_SITE_DATA: Final = (b"clear-site-data", b'"cache", "storage"')
"""What the browser still has of the pages goes with the session (Clear Site Data). Cookies stay:
they are the language, and by which devices somebody is known."""
_NEVER: Final = ("/admin/enter", SIGN_OUT_PATH, SIGN_IN_PATH, SIGN_UP_PATH, FORGOTTEN_PATH)


class AccountFormView(msgspec.Struct, frozen=True, kw_only=True):
    """A page with one form; `hidden` are its fields that nobody types."""

    title: str
    action: str = ""
    button: str = ""
    lead: str = ""
    fields: tuple[Field, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    note: Note | None = None
    links: tuple[Link, ...] = ()
    image: str = ""
    """A QR code, as a `data:` URL."""
    image_text: str = ""
    codes: tuple[str, ...] = ()
    """What is to be kept, in letters of one width."""


class LiveParts(msgspec.Struct, frozen=True):
    """What stands above a form and changes by itself; `parts` are rendered by `template`."""

    stream: str
    template: str
    parts: tuple[str, ...]
    view: msgspec.Struct


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """The page of an account."""

    title: str
    bookings: tuple[BookingList, ...]
    waiting: tuple[WaitingLine, ...]
    sections: tuple[AccountFormView, ...]
    note: Note | None
    sessions_title: str
    sessions: tuple[SessionLine, ...]
    session_fields: tuple[Field, ...]
    end_action: str
    end_button: str
    end_others_button: str

    @property
    def fields(self) -> tuple[Field, ...]:
        of_sections = (field for section in self.sections for field in section.fields)
        return (*of_sections, *self.session_fields)


def current_password_field(translations: Translations, *, name: str, problem: str = "") -> Field:
    """The field that asks for the password again."""
    label = translations.gettext("Current password")
    return Field(name, label, problem=problem, kind="password", autocomplete="current-password")


def current_code_field(translations: Translations, *, name: str, problem: str = "") -> Field:
    """The field that asks for the code of the second factor."""
    label, hint = translations.gettext("Code"), translations.gettext("Of your authenticator app.")
    return Field(name, label, hint=hint, problem=problem, autocomplete="one-time-code")


def password_field(translations: Translations, *, problem: str = "") -> Field:
    """The field of a password that somebody chooses. It is never filled in."""
    _ = translations.gettext
    return Field(
        "password",
        _("New password"),
        hint=_(
            "At least %(n)s characters. A few words that nobody else would put together are best.",
            n=PASSWORD_CHARACTERS_MIN,
        ),
        problem=problem,
        kind="password",
        autocomplete="new-password",
    )


def person_fields(
    translations: Translations, person: NewPerson, *, hint: str = ""
) -> tuple[Field, ...]:
    """The fields of somebody who is new here: name and password."""
    _, problems = translations.gettext, person.problems
    name, password = (_(problems[one]) if one in problems else "" for one in ("name", "password"))
    return (
        Field("name", _("Your name"), person.name, hint=hint, problem=name, autocomplete="name"),
        password_field(translations, problem=password),
    )


def show_text(
    page: PageContext, title: str, lead: str, *links: Link, status: int = HTTPStatus.OK
) -> Response:
    """A page without a form, which says what has happened and leads on."""
    return show(page, AccountFormView(title=title, lead=lead, links=links), status)


def show_form(page: PageContext, view: AccountFormView, live: LiveParts | None = None) -> Response:
    """The page of a form, or of one that was refused."""
    refused = any(field.problem for field in view.fields)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return show(page, view, status, live=live)


def show(
    page: PageContext, view: AccountFormView, status: int, *, live: LiveParts | None = None
) -> Response:
    """What an operator does stands in the frame of the operator's pages."""
    path = page.request.path
    frame = operator_navigation(page.translations, path) if is_operator_page(path) else None
    return page.render(
        "account_form.html",
        view.title,
        status=status,
        page=view,
        navigation=frame,
        live=live,
    )


def return_path(given: str) -> str:
    """Where a page goes on after signing in: a page of the staff area, and nothing else."""
    return local_path(given, below=ADMIN_PATH, never=_NEVER)

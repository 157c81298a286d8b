"""View values of the pages on which people sign in and see to their accounts."""

import msgspec

from fullhouse.entrypoints.web.views import Field, Link, Note
from fullhouse.localisation.translations import Translations
from fullhouse.people.limits import PASSWORD_CHARACTERS_MIN


class AccountFormView(msgspec.Struct, frozen=True, kw_only=True):
    """A page with one form; `hidden` are its fields that nobody types."""

    title: str
    action: str
    button: str
    lead: str = ""
    fields: tuple[Field, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    note: Note | None = None
    links: tuple[Link, ...] = ()


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

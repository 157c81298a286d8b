"""What guests type: read without trust, kept as typed, and what is wrong said at the field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fullhouse.booking.model.requests import Customer
from fullhouse.entrypoints.web.views import Field
from fullhouse.kernel.errors import InvalidInput
from fullhouse.localisation.translations import Translations
from fullhouse.people.limits import NAME_CHARACTERS_MAX
from fullhouse.people.model.contact import email_address, phone_number

_EXAMPLE: Final = "+1 312 555 0123"
_TYPED_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class Details:
    """The guest's details as typed, with a problem for each field that cannot be meant so."""

    name: str = ""
    email: str = ""
    phone: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    def fields(self, translations: Translations, *, email_hint: str) -> tuple[Field, ...]:
        """Name, e-mail and phone; the hint says what comes to the address."""
        _ = translations.gettext
        problem = self.problems.get
        return (
            Field(
                "name",
                _("Your name"),
                self.name,
                problem=problem("name", ""),
                autocomplete="name",
            ),
            Field(
                "email",
                _("E-mail"),
                self.email,
                hint=email_hint,
                problem=problem("email", ""),
                kind="email",
                autocomplete="email",
            ),
            Field(
                "phone",
                _("Phone"),
                self.phone,
                problem=problem("phone", ""),
                kind="tel",
                autocomplete="tel",
                optional=True,
            ),
        )


def read_details(
    form: Mapping[str, str], translations: Translations, *, country: str
) -> tuple[Details, Customer | None]:
    """The details as typed, and the customer they name when nothing is wrong with them.

    `country` (ISO 3166-1) is the venue's: a number without a country is taken to be from there.
    """
    name, email, phone = (
        form.get(key, "").strip()[:_TYPED_MAX] for key in ("name", "email", "phone")
    )
    _ = translations.gettext
    problems: dict[str, str] = {}
    if not name:
        problems["name"] = _("Enter your name")
    elif len(name) > NAME_CHARACTERS_MAX:
        problems["name"] = translations.ngettext(
            "Your name is too long: use at most %(n)s letter",
            "Your name is too long: use at most %(n)s letters",
            NAME_CHARACTERS_MAX,
        )
    address, number = "", ""
    try:
        address = email_address(email)
    except InvalidInput:
        problems["email"] = (
            _("Enter an e-mail address like name@example.com")
            if email
            else _("Enter your e-mail address")
        )
    try:
        number = phone_number(phone, region=country)
    except InvalidInput:
        problems["phone"] = _(
            "Enter a phone number like %(example)s, or leave it empty", example=_EXAMPLE
        )
    details = Details(name, email, phone, problems)
    return details, None if problems else Customer(_one_line(name), address, number)


def read_party(text: str | None, step: str | None, *, smallest: int, largest: int) -> int | None:
    """The number of people, moved by `step` (`1` or `-1`); None when it is no number.

    A number without bounds: whoever asks says what is too few or too many. Nothing typed is two
    people, or the nearest number that is admitted.
    """
    if text is None or not text.strip():
        return max(smallest, min(2, largest))
    try:
        party = int(text[:9])
    except ValueError:
        return None
    if step in {"1", "-1"}:
        return max(smallest, min(party + int(step), largest))
    return party


def _one_line(text: str) -> str:
    """Without line breaks, control characters and doubled spaces: it goes into mails and tables."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

"""Forms of guests: parsed without trust, kept as typed, with a problem for each wrong field."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from fullhouse.booking.model.requests import Customer
from fullhouse.entrypoints.web.views import Field
from fullhouse.kernel.errors import InvalidInput
from fullhouse.localisation.translations import Translations
from fullhouse.people.limits import NAME_CHARACTERS_MAX
from fullhouse.people.model.contact import email_address, phone_number

_EXAMPLE: Final = "+1 312 555 0123"
_TYPED_MAX: Final = 400


class Details(msgspec.Struct, frozen=True):
    """The customer's details as typed, with a problem for each wrong field."""

    name: str = ""
    email: str = ""
    phone: str = ""
    problems: Mapping[str, str] = msgspec.field(default_factory=dict)

    def fields(self, translations: Translations, *, email_hint: str) -> tuple[Field, ...]:
        """Name, e-mail and phone; the hint says which mail will be sent there."""
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
    """Return the details as typed, and the customer when no field is wrong.

    Phone numbers without a country are of `country` (ISO 3166-1), the venue's.
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
    """The size of the party, plus `step` (`1` or `-1`); None when it is no number.

    A number is not clamped, because the page explains the bounds. An empty field is two people, or
    the nearest party that is admitted.
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
    """Remove line breaks, control characters and double spaces, for mails and tables."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def read_date(text: str | None) -> date | None:
    """The date in ISO 8601; None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None

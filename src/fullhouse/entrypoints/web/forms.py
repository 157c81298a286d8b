"""Forms of guests: parsed without trust, kept as typed, with a problem for each wrong field."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from fullhouse.booking.model.requests import Customer
from fullhouse.entrypoints.inputs.customers import read_customer
from fullhouse.entrypoints.web.views import Field
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.text import one_line
from fullhouse.localisation.translations import Translations
from fullhouse.people.limits import NAME_CHARACTERS_MAX
from fullhouse.people.model.contact import phone_example
from fullhouse.people.model.person_names import has_address

T = TypeVar("T", bound=str)

_TYPED_MAX: Final = 400


class Details(msgspec.Struct, frozen=True):
    """The customer's details as typed, with a problem for each wrong field."""

    name: str = ""
    email: str = ""
    phone: str = ""
    answers: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Answers to the questions of the offering, by the names of their fields."""
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
    customer, problems = read_customer(name, email, phone, region=country)
    typed = {"name": name, "email": email}
    texts = {
        field: detail_problem(field, typed.get(field, ""), translations, country=country)
        for field in problems
    }
    return Details(name, email, phone, problems=texts), customer


def detail_problem(field: str, typed: str, translations: Translations, *, country: str) -> str:
    """The problem of a field in the language of the page."""
    _ = translations.gettext
    match field, bool(typed):
        case "name", _:
            return _name_problem(typed, translations)
        case "email", False:
            return _("Enter your e-mail address")
        case "email", True if not typed.rpartition("@")[0].isascii():
            return _("Enter an e-mail address without accents before the @")
        case "email", True:
            return _("Enter an e-mail address like name@example.com")
        case _:
            example = phone_example(country)
            return _("Enter a phone number like %(example)s, or leave it empty", example=example)


def _name_problem(typed: str, translations: Translations) -> str:
    _ = translations.gettext
    if not one_line(typed):
        return _("Enter your name")
    if has_address(one_line(typed)):
        return _("Enter only your name, without a web address, and with a space after a full stop")
    return translations.ngettext(
        "Your name is too long: use at most %(n)s letter",
        "Your name is too long: use at most %(n)s letters",
        NAME_CHARACTERS_MAX,
    )


def digest_of(texts: Mapping[str, str]) -> str:
    """What was typed, in short: the same for a form that is sent twice, and for no other."""
    return hashlib.sha256(msgspec.json.encode(sorted(texts.items()))).hexdigest()[:16]


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


def read_version(text: str | None) -> int | None:
    """The version that a form was made of, which a column can hold; None for anything else."""
    return int(text[:9]) if text and text.isdecimal() else None


def read_uuid(text: str | None) -> UUID | None:
    """The UUID; None for anything else."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def uuid_key(key: str, unknown: type[FullhouseError]) -> UUID:
    """The UUID that is a row's key; raises `unknown` for anything else."""
    found = read_uuid(key)
    if found is None:
        raise unknown
    return found


def read_choice(text: str | None, choices: Sequence[T]) -> T | None:
    """The choice that is spelled so; None for anything else."""
    return next((choice for choice in choices if choice == text), None)

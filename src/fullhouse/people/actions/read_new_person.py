"""Read the name and the password that somebody chooses who is new here."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import one_line
from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.actions.set_password import HashNewPassword
from fullhouse.people.limits import NAME_CHARACTERS_MAX

_NO_NAME: Final = gettext_noop("Enter your name")


class NewPerson(Struct, frozen=True):
    """What was typed, with a problem for each wrong field; without any, `password_hash` is set."""

    name: str
    password_hash: str = ""
    problems: Mapping[str, str] = {}
    """In English, by the name of the field."""


async def read_new_person(
    typed: Mapping[str, str], email: str, hash_new_password: HashNewPassword
) -> NewPerson:
    """Read `name` and `password` of somebody with this address; raises `SignInBusy`."""
    name, problems, hashed = one_line(typed.get("name", "")), dict[str, str](), ""
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        problems["name"] = _NO_NAME
    try:
        hashed = await hash_new_password(typed.get("password", ""), personal=(name, email))
    except InvalidInput as error:
        problems["password"] = error.detail
    return NewPerson(name[:NAME_CHARACTERS_MAX], "" if problems else hashed, problems)

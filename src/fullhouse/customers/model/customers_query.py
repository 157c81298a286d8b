"""Which customers a program asks for."""

from typing import Annotated

import msgspec
from msgspec import Meta

from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.limits import EMAIL_CHARACTERS_MAX, PHONE_CHARACTERS_MAX
from fullhouse.people.model.contact import email_address, phone_number


class CustomersQuery(msgspec.Struct, frozen=True):
    """Selects customers by one contact."""

    phone: (
        Annotated[
            str,
            Meta(
                max_length=PHONE_CHARACTERS_MAX,
                description="The telephone number with its country.",
                examples=["+13125550123"],
            ),
        ]
        | None
    ) = None
    email: (
        Annotated[
            str,
            Meta(
                max_length=EMAIL_CHARACTERS_MAX,
                description="The e-mail address.",
                examples=["ana.bauer@example.org"],
            ),
        ]
        | None
    ) = None

    def read(self) -> tuple[str, str]:
        """The number in E.164 and the address, one of them empty; raises `InvalidInput`."""
        if (self.phone is None) == (self.email is None):
            raise InvalidInput("Send either a phone or an e-mail address.", field="phone")
        if self.email is not None:
            return "", email_address(self.email)
        # A plus in a URL means a space
        number = phone_number(f"+{(self.phone or '').strip().lstrip('+').strip()}")
        if not number.startswith("+"):
            raise InvalidInput("Send a number with its country: +1 312 555 0123.", field="phone")
        return number, ""

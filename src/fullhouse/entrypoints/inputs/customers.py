"""Customers as requests and forms describe them."""

from collections.abc import Mapping
from typing import Final, Literal

from fullhouse.booking.model.requests import Customer
from fullhouse.entrypoints.inputs.fields import Email, Name, Phone, RequestBody
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.limits import NAME_CHARACTERS_MAX
from fullhouse.people.model.contact import email_address, phone_number

FieldProblem = Literal["missing", "too_long", "invalid"]
CUSTOMER_EXAMPLE: Final = {
    "name": "Ana Bauer",
    "email": "ana.bauer@example.org",
    "phone": "+13125550123",
}


class CustomerRequest(RequestBody, frozen=True):
    """The person who books."""

    name: Name
    email: Email
    phone: Phone = ""

    def read(self, *, region: str | None) -> Customer:
        """Raises `InvalidInput` naming the field.

        `region` (ISO 3166-1) is the country of a number without a plus.
        """
        name = one_line(self.name)
        if not name:
            raise InvalidInput("A name has letters.", field="customer.name")
        return Customer(
            name=name,
            email=email_address(self.email, field="customer.email"),
            phone=phone_number(self.phone, region=region, field="customer.phone"),
        )


def customer_problems(
    name: str, email: str, phone: str, *, region: str | None
) -> Mapping[str, FieldProblem]:
    """What is wrong with each field, all at once: for forms, which show every problem."""
    problems: dict[str, FieldProblem] = {}
    if not one_line(name):
        problems["name"] = "missing"
    elif len(name) > NAME_CHARACTERS_MAX:
        problems["name"] = "too_long"
    try:
        email_address(email)
    except InvalidInput:
        problems["email"] = "invalid" if email else "missing"
    try:
        phone_number(phone, region=region)
    except InvalidInput:
        problems["phone"] = "invalid"
    return problems


def one_line(text: str) -> str:
    """Without line breaks, control characters and doubled spaces, for mails and tables."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

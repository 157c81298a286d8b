"""Customers as requests and forms describe them."""

from collections.abc import Mapping
from typing import ClassVar, Final

from fullhouse.booking.model.requests import Customer
from fullhouse.entrypoints.inputs.fields import Email, Name, Phone
from fullhouse.http.operations.bodies import RequestBody
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model.contact import email_address, phone_number
from fullhouse.people.model.person_names import person_name

CUSTOMER_EXAMPLE: Final = {
    "name": "Ana Bauer",
    "email": "ana.bauer@example.org",
    "phone": "+13125550123",
}


class CustomerRequest(RequestBody, frozen=True):
    """The person who books."""

    examples: ClassVar = {"a person": CUSTOMER_EXAMPLE}
    name: Name
    email: Email
    phone: Phone = ""

    def read(self, *, region: str | None, path: str = "customer.") -> Customer:
        """Raises `InvalidInput` for the first invalid field, which is at `path` in the body.

        `region` as in `read_customer`.
        """
        customer, problems = read_customer(self.name, self.email, self.phone, region=region)
        for field, problem in problems.items():
            raise InvalidInput(problem.detail, field=f"{path}{field}")
        assert customer is not None, "without a problem there is a customer"
        return customer


def read_customer(
    name: str, email: str, phone: str, *, region: str | None, needs_email: bool = True
) -> tuple[Customer | None, Mapping[str, InvalidInput]]:
    """The customer, or what is wrong with each field: forms show every problem at once.

    `region` (ISO 3166-1) is the country of a number without a plus. Staff book as well for who has
    no e-mail address.
    """
    problems: dict[str, InvalidInput] = {}
    line = address = number = ""
    try:
        line = person_name(name)
    except InvalidInput as error:
        problems["name"] = error
    try:
        address = email_address(email) if email or needs_email else ""
    except InvalidInput as error:
        problems["email"] = error
    try:
        number = phone_number(phone, region=region)
    except InvalidInput as error:
        problems["phone"] = error
    return None if problems else Customer(line, address, number), problems

"""The shapes that several resources share, and how the domain's values become them.

Instants leave with the offset of the venue, money in minor units. Requests refuse unknown fields:
a misspelt one would be ignored in silence otherwise.
"""

from datetime import datetime
from functools import cache
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from fullhouse.booking.limits import PARTY_MAX
from fullhouse.booking.model.booking import Status
from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.booking.model.requests import Customer
from fullhouse.entrypoints.api.limits import (
    DESCRIPTION_CHARACTERS_MAX,
    SOURCE_FIELDS_MAX,
    SUMMARY_CHARACTERS_MAX,
)
from fullhouse.kernel.errors import FullhouseError
from fullhouse.people.limits import EMAIL_CHARACTERS_MAX, NAME_CHARACTERS_MAX, PHONE_CHARACTERS_MAX
from fullhouse.people.model.contact import email_address, phone_number

LINE: Final = r"^ *[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
"""One line of text with something on it; what ends in a line break is trimmed when it is read."""

Name = Annotated[
    str, Meta(min_length=1, max_length=NAME_CHARACTERS_MAX, pattern=LINE, examples=["Ana"])
]
Email = Annotated[str, Meta(min_length=3, max_length=EMAIL_CHARACTERS_MAX)]
Phone = Annotated[
    str,
    Meta(
        max_length=PHONE_CHARACTERS_MAX,
        description="International with a plus, or as it is dialled where you are. May be empty.",
    ),
]
Locale = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        max_length=35,
        description="BCP 47, such as `en` or `de-AT`: the language of mails and tickets.",
    ),
]
Party = Annotated[int, Meta(ge=1, le=PARTY_MAX, description="How many people come.")]
Summary = Annotated[str, Meta(max_length=SUMMARY_CHARACTERS_MAX)]
Description = Annotated[str, Meta(max_length=DESCRIPTION_CHARACTERS_MAX)]
Cursor = Annotated[str, Meta(max_length=200, description="`next` of the page before.")]
Token = Annotated[
    str,
    Meta(max_length=64, description="The secret of the booking's own link, instead of a key."),
]
Source = Annotated[
    dict[
        Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")],
        Annotated[str, Meta(max_length=NAME_CHARACTERS_MAX)],
    ],
    Meta(
        max_length=SOURCE_FIELDS_MAX,
        description="Where the customer came from: `utm_source`, `utm_campaign`…",
    ),
]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every request is: values that cannot change and fields that are all known."""


class MoneyShape(msgspec.Struct, frozen=True):
    """An amount in minor units (cents, yen) of an ISO 4217 currency."""

    amount: int
    currency: str


class SlotShape(msgspec.Struct, frozen=True):
    """A time that was booked, in the venue's own offset."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


class CustomerFields(Strict, frozen=True):
    """Who books."""

    name: Name
    email: Email
    phone: Phone = ""

    def read(self, *, region: str | None) -> Customer:
        """The customer as the domain keeps one; raises `InvalidInput` naming the field.

        `region` is the country whose numbers are meant when there is no plus before them.
        """
        return Customer(
            name=self.name.strip(),
            email=email_address(self.email, field="customer.email"),
            phone=phone_number(self.phone, region=region, field="customer.phone"),
        )


class CustomerShape(msgspec.Struct, frozen=True):
    """Who booked, as the owner's side sees it."""

    name: str
    email: str
    phone: str


class BookingShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """A booking. `slot` is the first of `slots`; `expires_at` is there while it is only held."""

    ref: str
    id: UUID
    status: Status
    offering: str
    zone: str
    slot: SlotShape
    slots: tuple[SlotShape, ...]
    party: int
    price: MoneyShape
    fee: MoneyShape | None = None
    manage_url: str | None = None
    ticket_url: str | None = None
    expires_at: datetime | None = None
    customer: CustomerShape | None = None
    created_at: datetime | None = None


class TokenQuery(msgspec.Struct, frozen=True):
    """The proof that a booking is the context's own."""

    token: Token | None = None


EXAMPLE_SLOT: Final = {
    "id": "01977f6e-8c00-7000-8000-00000000002a",
    "starts_at": "2027-06-12T10:30:00-05:00",
    "ends_at": "2027-06-12T11:00:00-05:00",
}
EXAMPLE_CUSTOMER: Final = {
    "name": "Ana Bauer",
    "email": "ana.bauer@example.org",
    "phone": "+13125550123",
}
EXAMPLE_BOOKING: Final = {
    "ref": "K7QF2M9D",
    "id": "01977f6e-9000-7000-8000-000000000f01",
    "status": "confirmed",
    "offering": "sunflower-mornings",
    "zone": "America/Chicago",
    "slot": EXAMPLE_SLOT,
    "slots": [EXAMPLE_SLOT],
    "party": 2,
    "price": {"amount": 2400, "currency": "USD"},
    "manage_url": "https://book.example.org/bouquet-garden/b/K7QF2M9D/change?t=Jx…",
    "ticket_url": "https://book.example.org/bouquet-garden/b/K7QF2M9D?t=Jx…",
}


@cache
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def slot_shape(slot: BookedSlot, zone: ZoneInfo) -> SlotShape:
    return SlotShape(slot.slot_id, slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone))


def uuid_of(text: str, otherwise: FullhouseError) -> UUID:
    """The id that a path names; raises `otherwise` for what is no id, since nothing has it."""
    try:
        return UUID(text)
    except ValueError:
        raise otherwise from None

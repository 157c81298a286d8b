"""Customers for lists and pages: by text, by contact, one with its parts and bookings."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT
from fullhouse.booking.model.booking import Status
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.reads.search import compared
from fullhouse.customers.limits import CUSTOMERS_PER_CONTACT_MAX, SUBJECTS_SHOWN_MAX
from fullhouse.customers.model import (
    Consent,
    CustomerId,
    CustomerRecord,
    email_contact,
    phone_contact,
)
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.position import NEWEST, TimePosition
from fullhouse.storage.database import Session

CustomerOrder = Literal["-last", "name"]
_FIRST_ID: Final = UUID(int=0)


class NamePosition(Struct, frozen=True):
    """The name, in lower case, and the id of the last row of a page."""

    name: str
    row_id: UUID

    @staticmethod
    def parse(text: str) -> "NamePosition | None":
        """The position that `text` spells; None, which is the first page, for anything else."""
        row_id, _, name = text.partition("~")
        try:
            return NamePosition(name, UUID(row_id))
        except ValueError:
            return None

    @staticmethod
    def of(customer: CustomerRecord) -> str:
        """As it stands in a URL."""
        return f"{customer.customer_id}~{customer.name.lower()}"


class CustomerSearch(Struct, frozen=True, kw_only=True):
    """Which customers, in which order, from which position on."""

    text: str = ""
    tag: str | None = None
    consent: Consent | None = None
    order: CustomerOrder = "-last"
    after: str = ""
    limit: int = PAGE_ROWS_DEFAULT


class CustomerBooking(Struct, frozen=True):
    """A booking of a customer, as its page lists it."""

    ref: str
    status: Status
    starts_at: datetime
    party: int
    price_amount: int
    fee_amount: int
    currency: str
    offering_id: OfferingId


async def find_customers(
    session: Session, org_id: OrgId, search: CustomerSearch
) -> Sequence[CustomerRecord]:
    """A page of customers; those that were merged into another are found by it."""
    filters: dict[str, object] = {
        "org_id": org_id,
        "tag": search.tag,
        "consent": search.consent,
        "limit": search.limit,
    }
    filters["text"] = compared(search.text)
    if search.order == "name":
        name = NamePosition.parse(search.after) or NamePosition("", _FIRST_ID)
        return await session.fetch(
            "customers.customers_named",
            CustomerRecord,
            after_name=name.name,
            after_customer_id=name.row_id,
            **filters,
        )
    last = TimePosition.parse(search.after) or NEWEST
    return await session.fetch(
        "customers.customers_recent",
        CustomerRecord,
        after_at=last.at,
        after_customer_id=last.row_id,
        **filters,
    )


def position_of(customer: CustomerRecord, order: CustomerOrder) -> str:
    """Where the page after this customer begins."""
    if order == "name":
        return NamePosition.of(customer)
    return TimePosition(customer.last_at.astimezone(UTC), customer.customer_id).text


async def customers_by_phone(
    session: Session, org_id: OrgId, phone: str
) -> Sequence[CustomerRecord]:
    """Those with the number, which is in E.164; a family has one telephone."""
    return await session.fetch(
        "customers.customers_with_contact",
        CustomerRecord,
        org_id=org_id,
        contact=phone_contact(phone),
        phone=phone,
        limit=CUSTOMERS_PER_CONTACT_MAX,
    )


async def customers_by_email(
    session: Session, org_id: OrgId, email: str
) -> Sequence[CustomerRecord]:
    """The one with the address, which is as addresses are kept; empty without one."""
    return await session.fetch(
        "customers.customers_with_contact",
        CustomerRecord,
        org_id=org_id,
        contact=email_contact(email),
        phone="",
        limit=CUSTOMERS_PER_CONTACT_MAX,
    )


async def parts_of(session: Session, person: CustomerRecord) -> Sequence[CustomerRecord]:
    """The customers that were merged into this one, the latest merge first."""
    return await session.fetch(
        "customers.parts_of_person",
        CustomerRecord,
        org_id=person.org_id,
        customer_id=person.customer_id,
    )


class _Tag(Struct, frozen=True):
    tag: str


async def tags_of(session: Session, org_id: OrgId) -> Sequence[str]:
    """The words by which staff sort customers."""
    found = await session.fetch("customers.tags_of_customers", _Tag, org_id=org_id)
    return [one.tag for one in found]


async def bookings_of(session: Session, person: CustomerRecord) -> Sequence[CustomerBooking]:
    """The latest bookings of a person, at most `SUBJECTS_SHOWN_MAX`."""
    return await session.fetch(
        "customers.bookings_of_person",
        CustomerBooking,
        org_id=person.org_id,
        customer_id=person.customer_id,
        limit=SUBJECTS_SHOWN_MAX,
    )


async def customer_of(session: Session, org_id: OrgId, subject: UUID) -> CustomerId | None:
    """Whose booking or waiting-list entry it is; None while the projection has not seen it."""
    found = await session.fetch_value(
        "customers.customer_of_subject", UUID, org_id=org_id, subject=subject
    )
    return None if found is None else CustomerId(found)

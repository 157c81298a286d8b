"""What is held of a person, who looked at it, and whom a rule of retention touches."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.actions.erase_person import coming
from fullhouse.booking.model.price_categories import StoredGuests
from fullhouse.booking.model.questions import StoredAnswers
from fullhouse.booking.reads.bookings import HistoryEntry, history_of
from fullhouse.customers.errors import UnknownCustomer
from fullhouse.customers.limits import ACCESSES_SHOWN_MAX, ERASURES_PREVIEWED_MAX
from fullhouse.customers.model import CustomerId, CustomerRecord, RetentionRule
from fullhouse.customers.reads.access_log import AccessRecord
from fullhouse.customers.updates import customers_to_erase
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


class HeldBooking(Struct, frozen=True):
    """What a booking holds of a person."""

    booking_id: UUID
    ref: str
    status: str
    party: int
    starts_at: datetime
    ends_at: datetime
    name: str
    email: str
    phone: str
    locale: str
    source: Mapping[str, str] | None
    answers: StoredAnswers | None
    guests: StoredGuests | None
    price_amount: int
    fee_amount: int
    currency: str
    created_at: datetime
    offering: str
    note: str | None
    stars: int | None
    """How the guest rated the visit, out of five."""
    rating: str | None
    """What the guest wrote about it."""


class HeldWaiting(Struct, frozen=True):
    """What an entry of a waiting list holds of a person."""

    entry_id: UUID
    status: str
    party: int
    name: str
    email: str
    phone: str
    locale: str
    created_at: datetime
    offering: str


class HeldMessage(Struct, frozen=True):
    """An e-mail to a person."""

    message_id: UUID
    kind: str
    recipient: str
    subject: str
    text: str
    status: str
    created_at: datetime
    sent_at: datetime | None


class PersonalData(Struct, frozen=True):
    """Everything that is held of a person."""

    customers: Sequence[CustomerRecord]
    """The person, and those that were merged into it."""
    contacts: Sequence[str]
    bookings: Sequence[HeldBooking]
    waiting_list: Sequence[HeldWaiting]
    messages: Sequence[HeldMessage]
    history: Sequence[HistoryEntry]
    accesses: Sequence[AccessRecord]
    """Who looked, the latest first, at most `ACCESSES_SHOWN_MAX`."""


class _Held(Struct, frozen=True):
    """The bookings and waiting-list entries of a person; former ones are somebody else's by now."""

    current: Sequence[UUID] | None
    former: Sequence[UUID] | None
    contacts: Sequence[str] | None


async def personal_data(session: Session, org_id: OrgId, customer_id: CustomerId) -> PersonalData:
    """Export the person of whom the customer is. Raises `UnknownCustomer`."""
    customers = await session.fetch(
        "customers.person_with_parts", CustomerRecord, org_id=org_id, customer_id=customer_id
    )
    if not customers:
        raise UnknownCustomer
    person = customers[0]
    held = await session.fetch_one(
        "customers.held_of_person", _Held, org_id=org_id, customer_id=person.customer_id
    )
    assert held is not None, "an aggregate has one row"
    contacts, subjects = held.contacts or (), held.current or ()
    return PersonalData(
        customers=customers,
        contacts=contacts,
        bookings=await session.fetch(
            "customers.bookings_held", HeldBooking, org_id=org_id, subjects=subjects
        ),
        waiting_list=await session.fetch(
            "customers.waiting_held", HeldWaiting, org_id=org_id, subjects=subjects
        ),
        messages=await session.fetch(
            "customers.messages_held",
            HeldMessage,
            org_id=org_id,
            subjects=subjects,
            former=held.former or (),
            recipients=[one[6:] for one in contacts if one.startswith("email:")],
        ),
        history=await history_of(session, org_id, person.customer_id, limit=None),
        accesses=await session.fetch(
            "customers.accesses_to",
            AccessRecord,
            org_id=org_id,
            subjects=[person.customer_id, *subjects],
            limit=ACCESSES_SHOWN_MAX,
        ),
    )


class ErasurePreview(Struct, frozen=True):
    """What erasing a person would do now."""

    bookings: int
    waiting_list: int
    messages: int
    coming: int


async def erasure_preview(
    session: Session, org_id: OrgId, customer_id: CustomerId, *, now: datetime
) -> ErasurePreview:
    """Of the same rows that `EraseCustomer` changes. Raises `UnknownCustomer`."""
    data = await personal_data(session, org_id, customer_id)
    subjects = [
        *(one.booking_id for one in data.bookings),
        *(one.entry_id for one in data.waiting_list),
    ]
    return ErasurePreview(
        bookings=len(data.bookings),
        waiting_list=len(data.waiting_list),
        messages=len(data.messages),
        coming=await coming(session, org_id, subjects, now=now),
    )


class RetentionPreview(Struct, frozen=True):
    """Whom a rule would touch now: how many, and the first of them."""

    count: int
    first: Sequence[CustomerRecord]


async def retention_rule(session: Session, org_id: OrgId) -> RetentionRule | None:
    return await session.fetch_one("customers.retention_rule", RetentionRule, org_id=org_id)


async def retention_preview(session: Session, org_id: OrgId, before: datetime) -> RetentionPreview:
    """Whom a rule touches by which everybody goes whose last booking ended before then."""
    count = await session.fetch_value(
        "customers.count_customers_to_erase", int, org_id=org_id, before=before
    )
    first = await customers_to_erase(session, org_id, before, limit=ERASURES_PREVIEWED_MAX)
    return RetentionPreview(count or 0, first)

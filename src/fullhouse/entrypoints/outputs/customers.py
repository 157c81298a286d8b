"""Responses about customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.customers.model import Consent, CustomerRecord, engagement
from fullhouse.customers.reads.privacy import ErasurePreview, PersonalData
from fullhouse.entrypoints.outputs.bookings import EmailAddress
from fullhouse.entrypoints.outputs.fields import MoneyResponse
from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.kernel.timespan import Instant


class CustomerRecordResponse(ResponseBody, frozen=True):
    """A customer of the business, with what is counted of the bookings."""

    example: ClassVar = {
        "id": "01977f6e-8400-7000-8000-000000000007",
        "name": "Ana Bauer",
        "email": "ana.bauer@example.org",
        "phone": "+13125550123",
        "bookings": 4,
        "visits": 3,
        "no_shows": 0,
        "cancellations": 1,
        "spent": [{"amount": 7200, "currency": "USD"}],
        "engagement": 88,
        "last_at": "2027-06-12T15:30:00Z",
        "last_visit_at": "2027-05-30T15:30:00Z",
        "tags": ["regular"],
        "consent": "given",
    }
    id: UUID
    name: str
    email: EmailAddress
    phone: str
    bookings: Annotated[int, Meta(description="Those that are not cancelled.")]
    visits: Annotated[int, Meta(description="Bookings that were checked in.")]
    no_shows: int
    cancellations: int
    spent: Annotated[
        tuple[MoneyResponse, ...],
        Meta(description="Prices of visits and fees of cancellations, by currency."),
    ]
    engagement: Annotated[
        int,
        Meta(
            ge=0,
            le=100,
            description="12 points for each booking up to 5; 40 when the last is at most 90 days "
            "ago or yet to come, 20 within a year; 15 less for each no-show.",
        ),
    ]
    last_at: Annotated[Instant, Meta(description="When the last booking starts.")]
    last_visit_at: Instant | None = None
    tags: tuple[str, ...] = ()
    consent: Annotated[
        Consent | None, Meta(description="To get news; absent while nobody has asked.")
    ] = None

    @staticmethod
    def of(customer: CustomerRecord, *, now: datetime) -> "CustomerRecordResponse":
        return CustomerRecordResponse(
            id=customer.customer_id,
            name=customer.name,
            email=customer.email,
            phone=customer.phone,
            bookings=customer.bookings,
            visits=customer.visits,
            no_shows=customer.no_shows,
            cancellations=customer.cancellations,
            spent=tuple(
                MoneyResponse(amount, code) for code, amount in sorted(customer.spent.items())
            ),
            engagement=engagement(customer, now=now),
            last_at=customer.last_at,
            last_visit_at=customer.last_visit_at,
            tags=tuple(customer.tags),
            consent=customer.consent,
        )


_Held = tuple[Mapping[str, object], ...]
_REF: Final = "K7QF2M9D"


class PersonalDataResponse(ResponseBody, frozen=True):
    """Everything that is held of a person, as the JSON file of the staff area has it."""

    example: ClassVar = {
        "customers": [{"name": "Ana Bauer", "email": "ana.bauer@example.org"}],
        "contacts": ["email:ana.bauer@example.org"],
        "bookings": [{"ref": _REF, "status": "checked_in", "party": 2}],
        "waiting_list": [],
        "messages": [{"kind": "confirmation", "recipient": "ana.bauer@example.org"}],
        "history": [],
        "accesses": [{"kind": "program", "at": "2027-06-12T15:30:00Z"}],
    }
    customers: Annotated[_Held, Meta(description="The person, and who was merged into it.")]
    contacts: Annotated[tuple[str, ...], Meta(description="By what the person is recognised.")]
    bookings: Annotated[_Held, Meta(description="Bookings with answers, prices and notes.")]
    waiting_list: Annotated[_Held, Meta(description="Entries of waiting lists.")]
    messages: Annotated[_Held, Meta(description="E-mails to the person, with their texts.")]
    history: Annotated[_Held, Meta(description="What staff did to the customer.")]
    accesses: Annotated[_Held, Meta(description="Who looked at the person, the latest first.")]

    @staticmethod
    def of(data: PersonalData) -> "PersonalDataResponse":
        return msgspec.convert(msgspec.to_builtins(data, str_keys=True), PersonalDataResponse)


class ErasurePreviewResponse(ResponseBody, frozen=True):
    """What erasing a customer would do now."""

    example: ClassVar = {"bookings": 4, "waiting_list": 1, "messages": 9, "coming": 0}
    bookings: Annotated[int, Meta(description="They stay in the books, without the person.")]
    waiting_list: Annotated[int, Meta(description="Entries that stay, without the person.")]
    messages: Annotated[int, Meta(description="E-mails whose texts and addresses are deleted.")]
    coming: Annotated[
        int,
        Meta(description="Bookings and entries to come. Until there are none, nothing is erased."),
    ]

    @staticmethod
    def of(preview: ErasurePreview) -> "ErasurePreviewResponse":
        return msgspec.convert(preview, ErasurePreviewResponse, from_attributes=True)


class CustomerListResponse(ResponseBody, frozen=True):
    """The customers with a contact, those with the latest booking first."""

    example: ClassVar = {"customers": [CustomerRecordResponse.example]}
    customers: tuple[CustomerRecordResponse, ...]

    @staticmethod
    def of(customers: Sequence[CustomerRecord], *, now: datetime) -> "CustomerListResponse":
        return CustomerListResponse(
            tuple(CustomerRecordResponse.of(one, now=now) for one in customers)
        )

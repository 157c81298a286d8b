"""Responses about customers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from fullhouse.customers.model import Consent, CustomerRecord, engagement
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


class CustomerListResponse(ResponseBody, frozen=True):
    """The customers with a contact, those with the latest booking first."""

    example: ClassVar = {"customers": [CustomerRecordResponse.example]}
    customers: tuple[CustomerRecordResponse, ...]

    @staticmethod
    def of(customers: Sequence[CustomerRecord], *, now: datetime) -> "CustomerListResponse":
        return CustomerListResponse(
            tuple(CustomerRecordResponse.of(one, now=now) for one in customers)
        )

"""A customer: one person, by a contact that bookings share; and what is counted of the bookings."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NewType
from uuid import UUID

from msgspec import Struct, field

from fullhouse.customers.limits import SCORED_BOOKINGS_MAX
from fullhouse.kernel.ids import OrgId, derived_id

CustomerId = NewType("CustomerId", UUID)
Consent = Literal["given", "withdrawn"]

SUBSCRIBER: Final = "customers"
"""Whose cursor says how far the events have become customers."""
CUSTOMER_CACHE: Final = "customer"
"""Begins the topics of customers by phone, before a slash and `phone_key`."""

_BOOKING_POINTS: Final = 12
_RECENT_POINTS: Final = 40
_YEAR_POINTS: Final = 20
_NO_SHOW_POINTS: Final = 15
_RECENT: Final = timedelta(days=90)
_YEAR: Final = timedelta(days=365)


class CustomerRecord(Struct, frozen=True):
    """A row of `customer`. The counts are over all customers that were merged into it.

    `spent` is in minor units by currency: the prices of visits and the fees of cancellations.
    """

    org_id: OrgId
    customer_id: CustomerId
    person_id: CustomerId
    merged_into: CustomerId | None
    name: str
    email: str
    phone: str
    bookings: int
    visits: int
    no_shows: int
    cancellations: int
    last_at: datetime
    version: int
    created_at: datetime
    last_visit_at: datetime | None = None
    consent: Consent | None = None
    consent_at: datetime | None = None
    consent_by: str | None = None
    note: str = ""
    spent: Mapping[str, int] = field(default_factory=dict)
    tags: Sequence[str] = ()


def email_contact(email: str) -> str:
    return f"email:{email}"


def phone_contact(phone: str) -> str:
    return f"phone:{phone}"


def contacts_of(email: str, phone: str) -> tuple[str, ...]:
    """What a person is recognised by, the strongest first; nothing for a name alone.

    A number counts when its country is certain: in E.164.
    """
    emails = (email_contact(email),) if email else ()
    return (*emails, phone_contact(phone)) if phone.startswith("+") else emails


def phone_key(org_id: OrgId, phone: str) -> str:
    """What a notification names a number by: notifications are no place for personal data."""
    return str(derived_id("phone", str(org_id), phone))


def engagement(customer: CustomerRecord, *, now: datetime) -> int:
    """From 0 to 100: how often somebody books, how lately, and whether they come.

    12 points for each booking up to 5; 40 when the last is at most 90 days ago or yet to come,
    20 within a year; 15 less for each no-show.
    """
    age = now - customer.last_at
    recency = _RECENT_POINTS if age <= _RECENT else _YEAR_POINTS if age <= _YEAR else 0
    points = min(customer.bookings, SCORED_BOOKINGS_MAX) * _BOOKING_POINTS
    lately = recency if customer.bookings else 0
    return max(0, points + lately - customer.no_shows * _NO_SHOW_POINTS)


class RetentionRule(Struct, frozen=True):
    """After how many months without a booking a person is erased."""

    org_id: OrgId
    months: int
    version: int

    def ends(self, now: datetime) -> datetime:
        """Whose last booking ended before this is let go; on the same day of an earlier month."""
        month = now.year * 12 + now.month - 1 - self.months
        year, zero_based = divmod(month, 12)
        first = now.replace(year=year, month=zero_based + 1, day=1)
        longest = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return first.replace(day=min(now.day, longest.day))

"""A person's own bookings and waiting lists, at every business of the installation."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.model.booking import Status
from fullhouse.booking.model.waiting import EntryStatus
from fullhouse.customers.limits import OWN_BOOKINGS_SHOWN_MAX, OWN_WAITING_SHOWN_MAX
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import AccountId
from fullhouse.storage.database import Session


class OwnBooking(Struct, frozen=True):
    """A booking as its guest's account lists it."""

    org_id: OrgId
    booking_id: UUID
    ref: str
    link_version: int
    status: Status
    starts_at: datetime
    ends_at: datetime
    party: int
    offering: str
    zone: str
    country: str
    slug: str
    business: str


class OwnWaiting(Struct, frozen=True):
    """A place on a waiting list as its guest's account lists it."""

    org_id: OrgId
    entry_id: UUID
    status: EntryStatus
    party: int
    any_time: bool
    """Whether any time of the day will do."""
    starts_at: datetime
    offering: str
    zone: str
    country: str
    slug: str
    business: str


async def waiting_of_account(
    session: Session, account_id: AccountId, *, now: datetime, language: str = ""
) -> Sequence[OwnWaiting]:
    """Where the address of the account waits or is offered places; none while not verified.

    The session is unrestricted. At most `OWN_WAITING_SHOWN_MAX`.
    """
    return await session.fetch(
        "customers.waiting_of_account",
        OwnWaiting,
        account_id=account_id,
        now=now,
        language=language,
        limit=OWN_WAITING_SHOWN_MAX,
    )


async def bookings_of_account(
    session: Session, account_id: AccountId, *, language: str = ""
) -> Sequence[OwnBooking]:
    """Those with the address of the account, the latest first; none while that is not verified.

    The session is unrestricted. At most `OWN_BOOKINGS_SHOWN_MAX`.
    """
    return await session.fetch(
        "customers.bookings_of_account",
        OwnBooking,
        account_id=account_id,
        language=language,
        limit=OWN_BOOKINGS_SHOWN_MAX,
    )

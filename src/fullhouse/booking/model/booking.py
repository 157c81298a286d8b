"""A booking and its transitions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NewType
from uuid import UUID

import msgspec

from fullhouse.booking import limits
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.price_categories import StoredGuests, guests_of, numbers_of
from fullhouse.booking.model.questions import StoredAnswers
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.money import Money

BookingId = NewType("BookingId", UUID)
Status = Literal["held", "confirmed", "checked_in", "cancelled", "no_show", "released", "expired"]
Verb = Literal[
    "confirm",
    "release",
    "expire",
    "move",
    "cancel",
    "restore",
    "check_in",
    "mark_no_show",
    "undo_check_in",
]
TRANSITIONS: Final[Mapping[tuple[Status, Verb], Status]] = {
    ("held", "confirm"): "confirmed",
    ("held", "release"): "released",
    ("held", "expire"): "expired",
    ("confirmed", "move"): "confirmed",
    ("confirmed", "cancel"): "cancelled",
    ("cancelled", "restore"): "confirmed",
    ("confirmed", "check_in"): "checked_in",
    ("no_show", "check_in"): "checked_in",
    ("confirmed", "mark_no_show"): "no_show",
    ("checked_in", "undo_check_in"): "confirmed",
    ("no_show", "undo_check_in"): "confirmed",
}
"""Every change of status there is. Commands carry it to the ledger, which knows no verbs."""
SOURCES: Final[Mapping[Verb, tuple[Status, ...]]] = {
    verb: tuple(status for status, other in TRANSITIONS if other == verb) for _, verb in TRANSITIONS
}
TARGETS: Final[Mapping[Verb, Status]] = {verb: after for (_, verb), after in TRANSITIONS.items()}

OF_CUSTOMERS: Final[tuple[Status, ...]] = ("confirmed", "checked_in", "no_show", "cancelled")
"""Statuses of bookings that were made; the others are holds, current or former."""
LIVE: Final[tuple[Status, ...]] = ("held", "confirmed", "checked_in", "no_show")
"""Statuses in which a booking has its places; a cancelled one keeps them until `expires_at`."""
UPCOMING: Final[tuple[Status, ...]] = ("held", "confirmed", "checked_in")
"""Statuses in which a derived idempotency key still leads to the booking."""
ATTENDING: Final[tuple[Status, ...]] = ("confirmed", "checked_in")
"""Statuses in which a second booking of the same customer is a possible duplicate."""
UNCONFIRMED: Final[tuple[Status, ...]] = ("held", "expired", "released")
"""Statuses of a hold that has not become a booking."""
EXPIRING: Final[tuple[Status, ...]] = ("held", "expired", "cancelled")
"""Statuses in which places that the booking still has are given back at its expiry."""


class Booking(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of `booking`. A hold is a booking that is not confirmed and expires.

    A cancelled booking keeps its places until `expires_at`, so that undoing always finds them.
    `places` is what the booking takes in each of its slots, `party` the number of guests. The links
    to its pages carry tokens of its `link_version`.
    """

    org_id: OrgId
    booking_id: BookingId
    ref: str
    status: Status
    version: int
    offering_id: OfferingId
    party: int
    places: int
    slots: Sequence[UUID]
    starts_at: datetime
    ends_at: datetime
    customer_name: str
    customer_email: str
    customer_phone: str
    locale: str
    price_amount: int
    fee_amount: int
    currency: str
    created_at: datetime
    link_version: int
    entry_id: UUID | None = None
    source: Mapping[str, str] | None = None
    answers: StoredAnswers | None = None
    """To the questions of the offering, see `answers_of`."""
    guests: StoredGuests | None = None
    """By price category as they were sold, see `guests_of`; together they are `party`."""
    expires_at: datetime | None = None
    free_until: datetime | None = None
    """Until when cancelling is free, where it is another time than the offering's: see `terms`."""
    move_until: datetime | None = None
    """Until when its guest may move it, where the business has closed its time."""
    quarantined_at: datetime | None = None
    """Since when a consistency rule finds it broken: it is not changed until it is repaired."""
    client: UUID | None = None
    """Who holds it, see `HoldLimits`; written with a guest's hold, and never read into this."""

    @property
    def price(self) -> Money:
        return Money(self.price_amount, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_amount, self.currency)

    @property
    def guest_numbers(self) -> dict[str, int] | None:
        """How many guests of each price category; None where nothing was sold by category."""
        return numbers_of(guests_of(self.guests))

    def can_be_restored(self, now: datetime) -> bool:
        """Return whether it is cancelled, and its cancellation can still be undone."""
        margin = timedelta(seconds=limits.UNDO_PLACES_SECONDS - limits.UNDO_SECONDS)
        expires_at = self.expires_at if self.status == "cancelled" else None
        return expires_at is not None and now <= expires_at - margin

"""Requests of guests and staff, and the caller who sends them."""

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

import msgspec

from fullhouse.booking.model.slot import SlotId

Permission = Literal["override_policy", "read_bookings", "manage"]
STAFF_PERMISSIONS: Final[frozenset[Permission]] = frozenset(
    {"override_policy", "read_bookings", "manage"}
)


class Caller(msgspec.Struct, frozen=True):
    """The actor of a request and what it may do.

    `actor` is `guest`, `clock`, `staff:Ada` or `key:Website`; `key` is the client's idempotency
    key. A rule is bent only by a permission, never by what an actor is not.
    """

    actor: str
    correlation_id: UUID
    key: str | None = None
    permissions: frozenset[Permission] = frozenset()

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


class Customer(msgspec.Struct, frozen=True):
    """The person who books; the e-mail in lower case, the phone in E.164 or empty."""

    name: str
    email: str
    phone: str = ""


class BookingRequest(msgspec.Struct, frozen=True):
    """A booking of all `slots` or of none. `another`: also beside a booking near that time."""

    slots: tuple[SlotId, ...]
    party: int
    customer: Customer
    locale: str = "en"
    source: Mapping[str, str] | None = None
    another: bool = False


class HoldRequest(msgspec.Struct, frozen=True):
    """Places to hold for some minutes, before the customer is known."""

    slots: tuple[SlotId, ...]
    party: int


class ConfirmRequest(msgspec.Struct, frozen=True):
    """The customer of a hold."""

    customer: Customer
    locale: str = "en"
    source: Mapping[str, str] | None = None
    another: bool = False


class WaitingRequest(msgspec.Struct, frozen=True):
    """A party that wants places in a full slot when they become free."""

    slot: SlotId
    party: int
    customer: Customer
    locale: str = "en"

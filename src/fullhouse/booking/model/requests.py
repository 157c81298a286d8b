"""What people ask for, in the domain's words, and who asks."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from fullhouse.booking.model.slot import SlotId


class Caller(msgspec.Struct, frozen=True):
    """Who asks: `actor` is `guest`, `staff:Ada` or `key:Website`; `key` is the client's own."""

    actor: str
    correlation_id: UUID
    key: str | None = None

    @property
    def is_staff(self) -> bool:
        """Staff and API keys stand above the guests' policy: they book late and move freely."""
        return self.actor != "guest"


class Customer(msgspec.Struct, frozen=True):
    """Who books; the e-mail in lower case, the phone in E.164 or empty."""

    name: str
    email: str
    phone: str = ""


class BookingRequest(msgspec.Struct, frozen=True):
    """A party that wants places in all of `slots`, or in none."""

    slots: tuple[SlotId, ...]
    party: int
    customer: Customer
    locale: str = "en"
    source: Mapping[str, str] | None = None
    another: bool = False
    """The customer knows of a booking nearby and wants this one too."""


class HoldRequest(msgspec.Struct, frozen=True):
    """Places wanted for some minutes, before anybody has said who they are for."""

    slots: tuple[SlotId, ...]
    party: int


class ConfirmRequest(msgspec.Struct, frozen=True):
    """Who the held places are for."""

    customer: Customer
    locale: str = "en"
    source: Mapping[str, str] | None = None
    another: bool = False


class WaitingRequest(msgspec.Struct, frozen=True):
    """A party that would come if places became free."""

    slot: SlotId
    party: int
    customer: Customer
    locale: str = "en"

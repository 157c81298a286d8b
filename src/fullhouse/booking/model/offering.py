"""What an organisation offers: its price, its policy and the party it admits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NewType
from uuid import UUID

from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.money import Money

OfferingId = NewType("OfferingId", UUID)
OfferingKind = Literal["timed_entry"]
PriceUnit = Literal["person", "group"]


@dataclass(frozen=True, slots=True)
class Offering:
    """One thing that can be booked; money in minor units, policy in minutes before the start."""

    org_id: OrgId
    offering_id: OfferingId
    venue_id: UUID
    slug: str
    kind: OfferingKind
    name: str
    summary: str
    description: str
    picture: str | None
    price_amount: int
    price_unit: PriceUnit
    currency: str
    party_min: int
    party_max: int
    hold_seconds: int
    book_until_minutes: int
    cancel_free_until_minutes: int
    cancel_until_minutes: int
    cancel_fee_percent: int
    move_until_minutes: int
    waiting_offer_minutes: int
    published: bool
    position: int
    version: int = 1
    """Grows with each change, so that of two editors the second is told."""

    def price_of(self, party: int, *, slots: int = 1) -> Money:
        """What `party` people pay for `slots` slots: per head or per group, as the unit says."""
        heads = party if self.price_unit == "person" else 1
        return Money(self.price_amount, self.currency) * (heads * slots)

    def books_until(self, starts_at: datetime) -> datetime:
        """The last instant at which a guest may still book a slot that starts then."""
        return starts_at - timedelta(minutes=self.book_until_minutes)

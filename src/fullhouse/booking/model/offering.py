"""What an organisation offers: its price, its policy and the party it admits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, NewType
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import structs

from fullhouse.booking.model.picture import OfferingPicture
from fullhouse.booking.model.price_categories import (
    CategoryGuests,
    PriceCategory,
    guests_amount,
)
from fullhouse.booking.model.questions import Question
from fullhouse.booking.model.translated_texts import OfferingTexts
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.money import Money
from fullhouse.kernel.timespan import midnight
from fullhouse.people.model.translated_texts import of_language

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
    book_ahead_days: int
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
    how_to_pay: str = ""
    """A sentence of the owner. No payment is taken here, so nothing else says where it is."""
    what_to_bring: str = ""
    picture_alt: str = ""
    """What the picture shows, for those who cannot see it; empty for one that only decorates."""
    questions: tuple[Question, ...] = ()
    """What guests are asked when they book, in this order."""
    price_categories: tuple[PriceCategory, ...] = ()
    """Guests who pay prices of their own, in this order; `price_amount` is that of the first."""
    translations: tuple[OfferingTexts, ...] = ()
    """Its texts in the further languages of the business."""
    more_pictures: tuple[OfferingPicture, ...] = ()
    """Those that its page shows beside the first, in this order."""

    def in_language(self, language: str) -> "Offering":
        """The offering as guests read it; what is not translated, and `""`, is the main language.

        For showing alone: it is not the one that caches know.
        """
        if not language:
            return self
        own = of_language(self.translations, language)
        texts = structs.asdict(own) if own else {}
        return replace(
            self,
            **{name: text for name, text in texts.items() if text and name != "language"},
            questions=tuple([one.in_language(language) for one in self.questions]),
            price_categories=tuple([one.in_language(language) for one in self.price_categories]),
            more_pictures=tuple([one.in_language(language) for one in self.more_pictures]),
        )

    def price_of(
        self, party: int, *, slots: int = 1, guests: Sequence[CategoryGuests] = ()
    ) -> Money:
        """What `party` people pay for `slots` slots: per head or per group, as the unit says.

        With `guests`, each pays the price of the category; without, that of the first one.
        """
        if guests:
            return Money(guests_amount(guests), self.currency) * slots
        heads = party if self.price_unit == "person" else 1
        return Money(self.price_amount, self.currency) * (heads * slots)

    def books_until(self, starts_at: datetime) -> datetime:
        """The last instant at which a guest may still book a slot that starts then."""
        return starts_at - timedelta(minutes=self.book_until_minutes)

    def last_day(self, now: datetime, zone: str) -> date:
        """The last day at the venue that guests may book at `now`."""
        return now.astimezone(ZoneInfo(zone)).date() + timedelta(days=self.book_ahead_days)

    def opens_at(self, starts_at: datetime, zone: str) -> datetime:
        """The instant from which guests may book a slot that starts then: a midnight at the venue.

        A day is opened as a whole, so that nobody has to look for its times one after the other.
        """
        day = starts_at.astimezone(ZoneInfo(zone)).date()
        return midnight(day - timedelta(days=self.book_ahead_days), zone)

    def is_open(self, starts_at: datetime, zone: str, *, now: datetime) -> bool:
        """Whether a slot that starts then is near enough to be booked."""
        # Nearly every slot that is asked about is nearer by more than a day, whatever the zone
        if starts_at - now < timedelta(days=self.book_ahead_days - 1):
            return True
        return now >= self.opens_at(starts_at, zone)

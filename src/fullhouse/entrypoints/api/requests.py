"""What people send to book: the fields, and the domain's requests they become."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.limits import SLOTS_PER_BOOKING_MAX
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import (
    BookingRequest,
    ConfirmRequest,
    HoldRequest,
    WaitingRequest,
)
from fullhouse.booking.model.slot import SlotId
from fullhouse.entrypoints.api import refusals
from fullhouse.entrypoints.api.shapes import CustomerFields, Locale, Party, Source, Strict

SlotIds = Annotated[
    list[UUID],
    Meta(
        min_length=1,
        max_length=SLOTS_PER_BOOKING_MAX,
        description="Several slots of one offering, all or none, instead of `slot`.",
    ),
]


class HoldFields(Strict, frozen=True):
    """Which places to hold: `slot`, or several as `slots`."""

    party: Party
    slot: UUID | None = None
    slots: SlotIds | None = None

    def read(self) -> HoldRequest:
        """Raises `InvalidFields` unless one of `slot` and `slots` is given."""
        return HoldRequest(chosen_slots(self.slot, self.slots), self.party)


class MoveFields(Strict, frozen=True):
    """Where a booking goes: `slot`, or several as `slots`."""

    slot: UUID | None = None
    slots: SlotIds | None = None

    def read(self) -> tuple[SlotId, ...]:
        """Raises `InvalidFields` unless one of `slot` and `slots` is given."""
        return chosen_slots(self.slot, self.slots)


class BookingFields(Strict, frozen=True):
    """Who books what: `slot` or `slots` with a `party`, or a `hold` that has both already."""

    customer: CustomerFields
    slot: UUID | None = None
    slots: SlotIds | None = None
    hold: UUID | None = None
    party: Party | None = None
    locale: Locale = "en"
    source: Source | None = None
    another: Annotated[
        bool,
        Meta(description="The customer has a booking near that time and wants this one too."),
    ] = False

    def read(self, *, region: str | None) -> tuple[BookingId, ConfirmRequest] | BookingRequest:
        """The request in the domain's words; raises `InvalidFields` and `InvalidInput`."""
        if self.hold is None:
            return self._placing(region)
        if self.slot is not None or self.slots is not None:
            raise refusals.one_field("hold", "A hold has its slots: send no others with it.")
        if self.party is not None:
            raise refusals.one_field("party", "A hold has its party: send none with it.")
        return BookingId(self.hold), ConfirmRequest(
            self.customer.read(region=region), self.locale, self.source, self.another
        )

    def _placing(self, region: str | None) -> BookingRequest:
        if self.party is None:
            raise refusals.one_field("party", "Say how many people come.")
        return BookingRequest(
            slots=chosen_slots(self.slot, self.slots),
            party=self.party,
            customer=self.customer.read(region=region),
            locale=self.locale,
            source=self.source,
            another=self.another,
        )


class WaitingFields(Strict, frozen=True):
    """Who would come if places became free."""

    slot: UUID
    party: Party
    customer: CustomerFields
    locale: Locale = "en"

    def read(self, *, region: str | None) -> WaitingRequest:
        """Raises `InvalidInput`."""
        customer = self.customer.read(region=region)
        return WaitingRequest(SlotId(self.slot), self.party, customer, self.locale)


def chosen_slots(slot: UUID | None, slots: list[UUID] | None) -> tuple[SlotId, ...]:
    """The one or the several; raises `InvalidFields` unless exactly one of them is given."""
    if slot is not None and slots is None:
        return (SlotId(slot),)
    if slots is not None and slot is None:
        return tuple(map(SlotId, slots))
    raise refusals.one_field("slot", "Choose a slot, or several as slots.")


hold_decoder: Final = msgspec.json.Decoder(HoldFields)
move_decoder: Final = msgspec.json.Decoder(MoveFields)
booking_decoder: Final = msgspec.json.Decoder(BookingFields)
waiting_decoder: Final = msgspec.json.Decoder(WaitingFields)

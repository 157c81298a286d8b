"""Requests of guests and staff."""

from collections.abc import Mapping

import msgspec

from fullhouse.booking.model.price_categories import GivenGuests
from fullhouse.booking.model.questions import GivenAnswers
from fullhouse.booking.model.slot import SlotId


class Customer(msgspec.Struct, frozen=True):
    """The person who books; the e-mail in lower case, the phone in E.164 or empty."""

    name: str
    email: str
    phone: str = ""


class BookingRequest(msgspec.Struct, frozen=True):
    """A booking of all `slots` or none. `allow_duplicate`: even beside one near that time."""

    slots: tuple[SlotId, ...]
    party: int
    customer: Customer
    locale: str = "en"
    source: Mapping[str, str] | None = None
    allow_duplicate: bool = False
    answers: GivenAnswers = {}
    guests: GivenGuests | None = None


class HoldRequest(msgspec.Struct, frozen=True):
    """Places to hold for some minutes, before the customer is known."""

    slots: tuple[SlotId, ...]
    party: int
    guests: GivenGuests | None = None


class ConfirmRequest(msgspec.Struct, frozen=True):
    """The customer of a hold."""

    customer: Customer
    locale: str = "en"
    source: Mapping[str, str] | None = None
    allow_duplicate: bool = False
    answers: GivenAnswers = {}
    guests: GivenGuests | None = None
    """Instead of those of the hold; as many."""


class WaitingRequest(msgspec.Struct, frozen=True):
    """A party that wants places in a full slot when they become free.

    With `any_time` another slot of that day at the venue will do as well.
    """

    slot: SlotId
    party: int
    customer: Customer
    locale: str = "en"
    any_time: bool = False

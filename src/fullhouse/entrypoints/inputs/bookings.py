"""Requests for holds, bookings and waiting lists."""

from typing import Annotated, ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.limits import (
    ANSWER_CHARACTERS_MAX,
    PAGE_ROWS_DEFAULT,
    PAGE_ROWS_MAX,
    PARTY_MAX,
    QUESTIONS_MAX,
    READABLE_ID_CHARACTERS_MAX,
    SLOTS_PER_BOOKING_MAX,
)
from fullhouse.booking.model.booking import BookingId, Status
from fullhouse.booking.model.readable_ids import READABLE_ID
from fullhouse.booking.model.requests import (
    BookingRequest,
    ConfirmRequest,
    HoldRequest,
    WaitingRequest,
)
from fullhouse.booking.model.slot import SlotId
from fullhouse.entrypoints.inputs.customers import CUSTOMER_EXAMPLE, CustomerRequest
from fullhouse.entrypoints.inputs.fields import Cursor, Email, FromDay, Locale, Party, Source, ToDay
from fullhouse.entrypoints.inputs.price_categories import Guests, read_party
from fullhouse.http.operations.bodies import RequestBody
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import REFERENCE_LENGTH
from fullhouse.kernel.timespan import Instant
from fullhouse.people.limits import (
    EMAIL_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    PHONE_CHARACTERS_MAX,
    SLUG_CHARACTERS_MAX,
)
from fullhouse.people.model.contact import email_address

_SLOT: Final = "01977f6e-8c00-7000-8000-00000000002a"
_GUESTS: Final = {"adult": 2, "child": 1}
_EMAIL: Final = "The customer's e-mail address."
_Value = Annotated[str, Meta(max_length=ANSWER_CHARACTERS_MAX)] | int | bool | None
Answers = Annotated[
    dict[
        Annotated[str, Meta(max_length=READABLE_ID_CHARACTERS_MAX, pattern=READABLE_ID)],
        _Value | Annotated[list[_Value], Meta(max_length=PARTY_MAX)],
    ],
    Meta(
        max_length=QUESTIONS_MAX,
        description="Answers to the `questions` of the offering by their ids: a text, one of the "
        "choices, a whole number, or true or false. To a question that is asked `per` person, a "
        "list with a value for each; null for no answer.",
        examples=[{"any-allergies": "Nuts", "boot-size": [38, 42]}],
    ),
]
SlotIds = Annotated[
    list[UUID],
    Meta(
        min_length=1,
        max_length=SLOTS_PER_BOOKING_MAX,
        description="Several slots of one offering, all or none, instead of `slot`.",
    ),
]


class CreateHoldRequest(RequestBody, frozen=True):
    """The places to hold: `slot`, or several as `slots`, for a `party` or `guests`."""

    examples: ClassVar = {
        "two people": {"slot": _SLOT, "party": 2},
        "by price category": {"slot": _SLOT, "guests": _GUESTS},
    }
    party: Party | None = None
    slot: UUID | None = None
    slots: SlotIds | None = None
    guests: Guests | None = None

    def read(self) -> HoldRequest:
        """Raises `InvalidInput` unless one of `slot` and `slots` is given, and a party."""
        party = needed_party(self.party, self.guests)
        return HoldRequest(chosen_slots(self.slot, self.slots), party, self.guests)


class RescheduleRequest(RequestBody, frozen=True):
    """The new time of a booking, `slot` or several `slots`, its `party` or `guests`, or both."""

    examples: ClassVar = {
        "a slot": {"slot": _SLOT},
        "a party": {"party": 4},
        "both": {"slot": _SLOT, "party": 4},
        "by price category": {"guests": _GUESTS},
    }
    slot: UUID | None = None
    slots: SlotIds | None = None
    party: Party | None = None
    guests: Guests | None = None

    def read(self) -> tuple[SlotId, ...]:
        """The new slots, none when they stay. Raises `InvalidInput` without any change."""
        if self.wanted is not None and self.slot is None and self.slots is None:
            return ()
        return chosen_slots(self.slot, self.slots)

    @property
    def wanted(self) -> int | Guests | None:
        """How many people come, or how many of each price category; raises `InvalidInput`."""
        return read_party(self.party, self.guests) if self.guests is None else self.guests


class CreateBookingRequest(RequestBody, frozen=True):
    """A customer with `slot` or `slots` and `party` or `guests`, or with a `hold` that has both."""

    examples: ClassVar = {
        "a slot": {"slot": _SLOT, "party": 2, "customer": CUSTOMER_EXAMPLE},
        "by price category": {"slot": _SLOT, "guests": _GUESTS, "customer": CUSTOMER_EXAMPLE},
        "a hold": {
            "hold": "01977f6e-9000-7000-8000-000000000f01",
            "customer": CUSTOMER_EXAMPLE,
            "source": {"utm_source": "newsletter"},
        },
    }
    customer: CustomerRequest
    slot: UUID | None = None
    slots: SlotIds | None = None
    hold: UUID | None = None
    party: Party | None = None
    locale: Locale = "en"
    source: Source | None = None
    answers: Answers = msgspec.field(default_factory=dict)
    guests: Guests | None = None
    allow_duplicate: Annotated[
        bool,
        Meta(
            description="The customer has a booking near that time and wants this one too, within "
            "the limit of `too_many_bookings`."
        ),
    ] = False

    def read(self, *, region: str | None) -> tuple[BookingId, ConfirmRequest] | BookingRequest:
        """The request in the domain's terms; raises `InvalidInput`."""
        if self.hold is None:
            return self._without_hold(region)
        if self.slot is not None or self.slots is not None:
            raise InvalidInput("Send no slot with a hold, which has its own.", field="hold")
        if self.party is not None:
            raise InvalidInput("Send no party with a hold, which has its own.", field="party")
        return BookingId(self.hold), ConfirmRequest(
            self.customer.read(region=region),
            self.locale,
            self.source,
            self.allow_duplicate,
            self.answers,
            self.guests,
        )

    def _without_hold(self, region: str | None) -> BookingRequest:
        return BookingRequest(
            slots=chosen_slots(self.slot, self.slots),
            party=needed_party(self.party, self.guests),
            customer=self.customer.read(region=region),
            locale=self.locale,
            source=self.source,
            allow_duplicate=self.allow_duplicate,
            answers=self.answers,
            guests=self.guests,
        )


class JoinWaitingListRequest(RequestBody, frozen=True):
    """A party that would come if places became free."""

    examples: ClassVar = {
        "two people": {"slot": _SLOT, "party": 2, "customer": CUSTOMER_EXAMPLE},
    }
    slot: UUID
    party: Party
    customer: CustomerRequest
    locale: Locale = "en"
    any_time: Annotated[
        bool, Meta(description="Any other slot of that day at the venue will do as well.")
    ] = False

    def read(self, *, region: str | None) -> WaitingRequest:
        """Raises `InvalidInput`."""
        customer = self.customer.read(region=region)
        slot = SlotId(self.slot)
        return WaitingRequest(slot, self.party, customer, self.locale, any_time=self.any_time)


class ChangeAnswersRequest(RequestBody, frozen=True):
    """What is answered to the questions that the offering asks now, all of it."""

    examples: ClassVar = {"to one question": {"answers": {"any-allergies": "Nuts"}}}
    answers: Answers


class SendTicketsRequest(RequestBody, frozen=True):
    """The address that booked."""

    examples: ClassVar = {"an address": {"email": "ana.bauer@example.org"}}
    email: Email

    def read(self) -> str:
        """Raises `InvalidInput`."""
        return email_address(self.email)


class ArrivalQuery(msgspec.Struct, frozen=True):
    """How an arrival or a no-show is recorded."""

    any_time: Annotated[bool, Meta(description="Also at a time that the booking is not for.")] = (
        False
    )


class BookingsQuery(msgspec.Struct, frozen=True):
    """Selects bookings by the day of their first slot at the venue."""

    from_day: FromDay | None = msgspec.field(default=None, name="from")
    to_day: ToDay | None = msgspec.field(default=None, name="to")
    offering: Annotated[str, Meta(max_length=SLUG_CHARACTERS_MAX)] | None = None
    status: Status | None = None
    ref: Annotated[str, Meta(max_length=REFERENCE_LENGTH, examples=["K7QF2M9D"])] | None = None
    name: (
        Annotated[
            str,
            Meta(
                max_length=NAME_CHARACTERS_MAX,
                description="A part of the customer's name, in small or capital letters.",
                examples=["bauer"],
            ),
        ]
        | None
    ) = None
    email: Annotated[str, Meta(max_length=EMAIL_CHARACTERS_MAX, description=_EMAIL)] | None = None
    phone: (
        Annotated[
            str,
            Meta(
                max_length=PHONE_CHARACTERS_MAX,
                description="A part of the phone number, with or without its country.",
                examples=["(312) 555-0123"],
            ),
        ]
        | None
    ) = None
    updated_since: (
        Annotated[
            Instant,
            Meta(
                description="Only bookings to which something happened since. By the clock of the "
                "server: to miss nothing, ask for a minute more, or follow the events.",
                examples=["2027-06-10T19:02:11Z"],
            ),
        ]
        | None
    ) = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_ROWS_MAX)] = PAGE_ROWS_DEFAULT

    @property
    def is_search(self) -> bool:
        """Whether bookings of any day are meant when no day is given."""
        given = (self.ref, self.name, self.email, self.phone, self.updated_since)
        return self.from_day is None and self.to_day is None and any(given)


def needed_party(party: int | None, guests: Guests | None) -> int:
    """Raises `InvalidInput` unless it is given how many people come."""
    size = read_party(party, guests)
    if size is None:
        raise InvalidInput("Send how many people come.", field="party")
    return size


def chosen_slots(slot: UUID | None, slots: list[UUID] | None) -> tuple[SlotId, ...]:
    """The slots that are chosen; raises `InvalidInput` unless one of the two fields is given."""
    if slot is not None and slots is None:
        return (SlotId(slot),)
    if slots is not None and slot is None:
        return tuple(map(SlotId, slots))
    raise InvalidInput("Send either one slot, or several as slots.", field="slot")

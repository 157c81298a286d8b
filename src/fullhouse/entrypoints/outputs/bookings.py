"""Responses about bookings and entries of waiting lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, Struct, structs

from fullhouse.booking.history_sentences import history_text
from fullhouse.booking.model.booking import Booking, Status
from fullhouse.booking.model.outcomes import BookedSlot, BookingOutcome, WaitingOutcome
from fullhouse.booking.model.price_categories import CategoryGuests, guests_of
from fullhouse.booking.model.questions import AnswerValue, QuestionAnswer, answers_of
from fullhouse.booking.model.urls import SignedUrls, WaitingListUrls
from fullhouse.booking.reads.bookings import BookingView, HistoryEntry
from fullhouse.entrypoints.inputs.customers import CUSTOMER_EXAMPLE
from fullhouse.entrypoints.outputs.fields import (
    SLOT_EXAMPLE,
    TOKEN_EXAMPLE,
    MoneyResponse,
    SlotResponse,
    Url,
    zone_of,
)
from fullhouse.http.operations.bodies import ResponseBody, VersionedBody
from fullhouse.kernel.timespan import Instant
from fullhouse.people.model import Organisation

AnyJson = Annotated[object, Meta(extra_json_schema={"description": "A field of the event."})]


EmailAddress = Annotated[str, Meta(extra_json_schema={"format": "email"})]


class CustomerResponse(Struct, frozen=True):
    """The person who booked."""

    name: str
    email: EmailAddress
    phone: str


_HOLD_ENDS = Meta(examples=["2027-06-10T19:12:11-05:00"])


class AnsweredQuestionResponse(Struct, frozen=True):
    """An answer, with the question as it was asked."""

    question: str
    text: str
    answer: Annotated[
        AnswerValue | tuple[AnswerValue, ...],
        Meta(description="One value, or a list with one a person; null for no answer."),
    ]

    @staticmethod
    def of(one: QuestionAnswer) -> "AnsweredQuestionResponse":
        answer = one.values if one.per == "person" else one.values[0]
        return AnsweredQuestionResponse(one.question, one.text, answer)


class GuestsOfCategoryResponse(Struct, frozen=True):
    """The guests of a price category, with its name and price as they were sold."""

    category: str
    name: str
    number: int
    price: MoneyResponse

    @staticmethod
    def of(one: CategoryGuests, currency: str) -> "GuestsOfCategoryResponse":
        price = MoneyResponse(one.price_amount, currency)
        return GuestsOfCategoryResponse(one.category, one.name, one.number, price)


class BookingResponse(VersionedBody, frozen=True, omit_defaults=True, kw_only=True):
    """A booking. `slot` is the first of `slots`; a hold has `expires_at`."""

    example: ClassVar = {
        "ref": "K7QF2M9D",
        "id": "01977f6e-9000-7000-8000-000000000f01",
        "version": 1,
        "status": "confirmed",
        "offering": "sunflower-morning",
        "zone": "America/Chicago",
        "slot": SLOT_EXAMPLE,
        "slots": [SLOT_EXAMPLE],
        "party": 2,
        "price": {"amount": 1800, "currency": "USD"},
        "guests": [
            {
                "category": "adult",
                "name": "Adult",
                "number": 1,
                "price": {"amount": 1200, "currency": "USD"},
            },
            {
                "category": "child",
                "name": "Child (3 to 12)",
                "number": 1,
                "price": {"amount": 600, "currency": "USD"},
            },
        ],
        "manage_url": "https://book.example.org/bouquet-garden/b/K7QF2M9D/change?t="
        + TOKEN_EXAMPLE,
        "ticket_url": "https://book.example.org/bouquet-garden/b/K7QF2M9D?t=" + TOKEN_EXAMPLE,
        "customer": CUSTOMER_EXAMPLE,
        "answers": [
            {
                "question": "any-allergies",
                "text": "Does anybody have an allergy?",
                "answer": "Nuts",
            }
        ],
        "created_at": "2027-06-10T19:02:11-05:00",
    }
    ref: str
    id: UUID
    status: Status
    offering: str
    zone: str
    slot: SlotResponse
    slots: tuple[SlotResponse, ...]
    party: int
    price: MoneyResponse
    guests: tuple[GuestsOfCategoryResponse, ...] = ()
    fee: MoneyResponse | None = None
    manage_url: Url | None = None
    ticket_url: Url | None = None
    expires_at: Annotated[Instant | None, _HOLD_ENDS] = None
    customer: CustomerResponse | None = None
    answers: tuple[AnsweredQuestionResponse, ...] = ()
    created_at: Instant | None = None


class BookingListResponse(ResponseBody, frozen=True):
    """A page of bookings in order of time; `next` is the `cursor` of the page after it."""

    example: ClassVar = {
        "bookings": [BookingResponse.example],
        "next": "MjAyNy0wNi0xMlQxNTozMDowMCswMDowMHwwMTk3N2Y2ZQ",
    }
    bookings: tuple[BookingResponse, ...]
    next: str | None


class WaitingListEntryResponse(ResponseBody, frozen=True):
    """A party on a slot's waiting list, which leaves it by its `id` and `token`.

    With `any_time` it waits for every slot of that day, and is offered the first that fits.
    """

    example: ClassVar = {
        "id": "01977f6e-9100-7000-8000-000000000a03",
        "status": "waiting",
        "offering": "sunflower-morning",
        "zone": "America/Chicago",
        "slot": SLOT_EXAMPLE,
        "any_time": False,
        "party": 2,
        "token": TOKEN_EXAMPLE,
        "manage_url": "https://book.example.org/bouquet-garden/w/"
        "01977f6e-9100-7000-8000-000000000a03?t=" + TOKEN_EXAMPLE,
    }
    id: UUID
    status: str
    offering: str
    zone: str
    slot: SlotResponse
    any_time: bool
    party: int
    token: str
    manage_url: Url

    @staticmethod
    def of(outcome: WaitingOutcome, urls: WaitingListUrls) -> "WaitingListEntryResponse":
        return WaitingListEntryResponse(
            id=outcome.entry_id,
            status=outcome.status,
            offering=outcome.offering,
            zone=outcome.zone,
            slot=SlotResponse.of(outcome.slot, zone_of(outcome.zone)),
            any_time=outcome.any_time,
            party=outcome.party,
            token=urls.token,
            manage_url=urls.entry,
        )


class BookingHistoryEntryResponse(Struct, frozen=True):
    """An event. `actor` is `guest`, `system`, `operator`, or the name of an account or key."""

    at: Instant
    kind: str
    actor: str
    message: str
    changes: dict[str, AnyJson]
    request_id: UUID


class BookingHistoryResponse(ResponseBody, frozen=True):
    """The events of a booking, the oldest first."""

    example: ClassVar = {
        "ref": "K7QF2M9D",
        "history": [
            {
                "at": "2027-06-10T19:02:11-05:00",
                "kind": "Booked",
                "actor": "guest",
                "message": "The booking was made.",
                "changes": {"party": 2, "price": 2400, "currency": "USD"},
                "request_id": "01977f6e-9000-7000-8000-000000000e11",
            }
        ],
    }
    ref: str
    history: tuple[BookingHistoryEntryResponse, ...]

    @staticmethod
    def of(view: BookingView, entries: Sequence[HistoryEntry]) -> "BookingHistoryResponse":
        zone = zone_of(view.venue.zone)
        shown = (
            BookingHistoryEntryResponse(
                at=entry.at.astimezone(zone),
                kind=entry.kind,
                actor=entry.actor_name or entry.actor,
                message=history_text(entry.kind),
                changes=entry.payload,
                request_id=entry.correlation_id,
            )
            for entry in entries
        )
        return BookingHistoryResponse(view.booking.ref, tuple(shown))


@dataclass(frozen=True, slots=True)
class BookingPresenter:
    """Makes responses of bookings, with the URLs of their pages.

    The response to a command follows from its outcome alone, so a repeat has the same bytes.
    """

    urls: SignedUrls

    def outcome(self, organisation: Organisation, outcome: BookingOutcome) -> BookingResponse:
        """A booking right after a command; a hold has no pages yet."""
        return self._response(
            organisation, outcome, outcome.offering, zone_name=outcome.zone, slots=outcome.slots
        )

    def view(self, organisation: Organisation, view: BookingView) -> BookingResponse:
        """A booking as it is stored, for readers who may see its customer."""
        booking = view.booking
        response = self._response(
            organisation, booking, view.offering.slug, zone_name=view.venue.zone, slots=view.slots
        )
        return structs.replace(
            response,
            customer=CustomerResponse(
                booking.customer_name, booking.customer_email, booking.customer_phone
            )
            if booking.customer_name
            else None,  # a hold without details
            answers=tuple(map(AnsweredQuestionResponse.of, answers_of(booking.answers))),
            created_at=booking.created_at.astimezone(zone_of(view.venue.zone)),
        )

    def _response(
        self,
        organisation: Organisation,
        booking: Booking | BookingOutcome,
        offering: str,
        *,
        zone_name: str,
        slots: tuple[BookedSlot, ...],
    ) -> BookingResponse:
        zone, is_held = zone_of(zone_name), booking.status == "held"
        shown = tuple([SlotResponse.of(slot, zone) for slot in slots])
        signed = self.urls.of(organisation)
        urls = None if is_held else signed.booking(organisation.slug, booking)
        return BookingResponse(
            ref=booking.ref,
            id=booking.booking_id,
            version=booking.version,
            status=booking.status,
            offering=offering,
            zone=zone_name,
            slot=shown[0],
            slots=shown,
            party=booking.party,
            price=MoneyResponse(booking.price_amount, booking.currency),
            guests=tuple(
                [
                    GuestsOfCategoryResponse.of(one, booking.currency)
                    for one in guests_of(booking.guests)
                ]
            ),
            fee=MoneyResponse(booking.fee_amount, booking.currency) if booking.fee_amount else None,
            manage_url=urls.change if urls else None,
            ticket_url=urls.ticket if urls else None,
            expires_at=booking.expires_at.astimezone(zone)
            if is_held and booking.expires_at
            else None,
        )

"""Confirm a hold: the held places become a booking of a customer."""

from dataclasses import dataclass

from fullhouse.booking import errors
from fullhouse.booking.answers import checked_answers
from fullhouse.booking.events import Booked
from fullhouse.booking.guests import checked_guests
from fullhouse.booking.ledger.commands import as_sent, customer_rules
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.metrics import HoldMetrics
from fullhouse.booking.model.booking import Booking, BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.price_categories import (
    GivenGuests,
    key_of_guests,
    stored_guests,
)
from fullhouse.booking.model.requests import ConfirmRequest
from fullhouse.booking.model.terms import grace_end
from fullhouse.booking.updates import (
    BookingSnapshot,
    BookingUpdater,
    StatusChange,
    require_status,
)
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class ConfirmHold:
    """Turns a hold, or an offered place, into a confirmed booking."""

    updater: BookingUpdater
    metrics: HoldMetrics

    async def __call__(
        self, org_id: OrgId, hold_id: BookingId, request: ConfirmRequest, *, context: RequestContext
    ) -> Result[BookingOutcome]:
        """Return the booking.

        Other `guests` than the hold's pay the prices of now. Raises `HoldHasExpired`,
        `PossibleDuplicate`, `TooManyBookings`, and as the updater, `checked_answers` and
        `checked_guests`.
        """

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            booking = snapshot.booking
            require_status(booking, "confirm")
            require_unexpired(snapshot)
            answers = checked_answers(
                snapshot.offering, request.answers, party=booking.party, context=context
            )
            told = (*(() if answers is None else (answers,)), *key_of_guests(request.guests))
            return StatusChange(
                verb="confirm",
                event=booked_event,
                releases_current=True,
                content=(
                    request.customer.email,
                    request.customer.name,
                    context.requester,
                    *told,
                    *as_sent(request, context),
                ),
                takes=snapshot.slots,
                changes={
                    "customer_name": request.customer.name,
                    "customer_email": request.customer.email,
                    "customer_phone": request.customer.phone,
                    "locale": request.locale,
                    "source": request.source,
                    "answers": answers,
                    "free_until": grace_end(
                        snapshot.offering, booking.starts_at, booked_at=snapshot.now
                    ),
                    **_guests_instead(snapshot, request.guests),
                },
                rules=customer_rules(context, allow_duplicate=request.allow_duplicate),
                entry_verb="accept" if booking.entry_id else None,
            )

        result = await self.updater(org_id, hold_id, context=context, decide=decide)
        if not result.replayed:
            self.metrics.confirmed(result.outcome.party * len(result.outcome.slots))
        return result


def _guests_instead(snapshot: BookingSnapshot, given: GivenGuests | None) -> dict[str, object]:
    """The columns of other guests than those that places were held for."""
    booking, offering = snapshot.booking, snapshot.offering
    if given is None or key_of_guests(booking.guest_numbers) == key_of_guests(given):
        return {}
    guests = checked_guests(offering, given, party=booking.party)
    price = offering.price_of(booking.party, slots=len(booking.slots), guests=guests)
    return {"guests": stored_guests(guests), "price_amount": price.amount}


def require_unexpired(snapshot: BookingSnapshot) -> None:
    """Raise `HoldHasExpired` for a hold past its time, whether or not the ledger has expired it."""
    booking = snapshot.booking
    expired = booking.expires_at is not None and booking.expires_at <= snapshot.now
    if booking.status == "held" and expired:
        raise errors.HoldHasExpired(expires_at=booking.expires_at, offering=snapshot.offering.slug)


def booked_event(_before: Booking, after: Booking) -> Event:
    """The hold is a booking now."""
    return Booked(
        offering_id=after.offering_id,
        slots=tuple(after.slots),
        party=after.party,
        price=after.price_amount,
        currency=after.currency,
    )

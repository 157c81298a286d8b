"""Keep how a guest rated a visit: one rating a booking, which the guest may change."""

from dataclasses import dataclass
from typing import Final

from fullhouse.booking.actions.close_booked_time import lock_booking
from fullhouse.booking.errors import UnknownBooking
from fullhouse.booking.events import VisitRated
from fullhouse.booking.ledger.verdicts import wrong_status
from fullhouse.booking.model.booking import ATTENDING, BookingId
from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages.limits import RATING_CHARACTERS_MAX
from fullhouse.messages.ratings import Rating, rating_of
from fullhouse.storage.unit_of_work import UnitOfWork

STARS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class RateVisit:
    """Safe to repeat: the same answer changes nothing."""

    async def __call__(
        self, uow: UnitOfWork, booking_id: BookingId, *, stars: int, words: str
    ) -> Rating:
        """Raises `InvalidInput`, `UnknownBooking` and the error of its status."""
        if not 1 <= stars <= STARS_MAX:
            raise InvalidInput("Choose one to five stars.", field="stars")
        if len(words) > RATING_CHARACTERS_MAX:
            raise InvalidInput(f"Use at most {RATING_CHARACTERS_MAX} characters.", field="words")
        booking = await lock_booking(uow, booking_id)
        if booking is None:
            raise UnknownBooking
        if booking.status not in ATTENDING:
            raise wrong_status(booking.status)
        before = await rating_of(uow.session, uow.org_id, booking_id)
        if before is not None and (before.stars, before.words) == (stars, words):
            return before
        await uow.session.execute(
            "messages.rate",
            org_id=uow.org_id,
            booking_id=booking_id,
            offering_id=booking.offering_id,
            stars=stars,
            words=words,
            at=uow.now,
        )
        uow.record(booking_id, VisitRated(offering_id=booking.offering_id, stars=stars))
        rated = await rating_of(uow.session, uow.org_id, booking_id)
        assert rated is not None, "it was written a moment ago"
        return rated

"""Change the answers of a booking to the questions of its offering."""

from dataclasses import dataclass, replace

from fullhouse.booking import errors
from fullhouse.booking.answers import checked_answers
from fullhouse.booking.catalogue import offering_by_id
from fullhouse.booking.events import AnswersChanged
from fullhouse.booking.ledger.verdicts import wrong_status
from fullhouse.booking.model.booking import ATTENDING, Booking, BookingId
from fullhouse.booking.model.questions import (
    GivenAnswers,
    answers_of,
    changed_answers,
    stored_answers,
    with_given_choices,
)
from fullhouse.booking.model.terms import answering
from fullhouse.booking.updates import require_few_changes
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import VersionConflict
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeAnswers:
    """Replaces what was answered to the questions that are asked now; the others stay.

    The event says that answers were changed, and no more: they may be about somebody's health. A
    guest may change them as long as the time of the booking; staff until the party is gone.
    """

    async def __call__(
        self,
        uow: UnitOfWork,
        booking_id: BookingId,
        given: GivenAnswers,
        *,
        expected_version: int | None = None,
    ) -> Booking:
        """Return the changed booking.

        Raises `UnknownBooking`, `VersionConflict`, the error of its status, `AnswerMissing` and
        `AnswerNotValid`; for a guest `TooLateToAnswer` and `TooManyChanges`.
        """
        booking = await _locked(uow, booking_id)
        if expected_version not in {None, booking.version}:
            raise VersionConflict(version=booking.version)
        if booking.quarantined_at is not None:
            raise errors.BookingQuarantined
        if booking.status not in ATTENDING:
            raise wrong_status(booking.status)
        offering = await offering_by_id(uow.session, uow.org_id, booking.offering_id)
        assert offering is not None, "an offering with bookings is never deleted"
        terms = answering(offering, booking, now=uow.now)
        if not terms.allowed and not uow.context.may(Permission.OVERRIDE_POLICY):
            raise errors.TooLateToAnswer(until=terms.until)
        before = answers_of(booking.answers)
        asked = replace(offering, questions=with_given_choices(offering.questions, before))
        read = checked_answers(asked, given, party=booking.party, context=uow.context)
        answers = changed_answers(before, answers_of(read), offering.questions)
        if answers == before:
            return booking
        require_few_changes(booking, uow.context)
        await uow.session.execute(
            "booking.change_answers",
            org_id=uow.org_id,
            booking_id=booking_id,
            answers=stored_answers(answers),
        )
        uow.record(booking_id, AnswersChanged(offering_id=booking.offering_id))
        return await _locked(uow, booking_id)


async def _locked(uow: UnitOfWork, booking_id: BookingId) -> Booking:
    booking = await uow.session.fetch_one(
        "booking.lock_booking", Booking, org_id=uow.org_id, booking_id=booking_id
    )
    if booking is None:
        raise errors.UnknownBooking
    return booking

"""Commands on one booking: cancel, reschedule, check in, mark as no-show, undo, renew its link."""

from dataclasses import dataclass, replace
from typing import ClassVar

from fullhouse.booking import errors
from fullhouse.booking.actions.cancel_booking import CancelBooking
from fullhouse.booking.actions.change_answers import ChangeAnswers
from fullhouse.booking.actions.change_contact import ChangeContact
from fullhouse.booking.actions.check_in import CheckIn
from fullhouse.booking.actions.mark_no_show import MarkNoShow
from fullhouse.booking.actions.move_booking import MoveBooking
from fullhouse.booking.actions.renew_booking_link import RenewBookingLink
from fullhouse.booking.actions.restore_booking import RestoreBooking
from fullhouse.booking.actions.send_tickets import SendTickets
from fullhouse.booking.actions.undo_check_in import UndoCheckIn
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.entrypoints.api.arguments import OwnBooking
from fullhouse.entrypoints.api.holds import CHANGES_STATUS, TAKES_PLACES
from fullhouse.entrypoints.inputs.bookings import (
    ArrivalQuery,
    ChangeAnswersRequest,
    RescheduleRequest,
    SendTicketsRequest,
)
from fullhouse.entrypoints.inputs.customers import CustomerRequest
from fullhouse.entrypoints.outputs.bookings import BookingPresenter, BookingResponse
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import Patch
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Completed
from fullhouse.kernel.context import Permission
from fullhouse.people.errors import NotSignedIn
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class BookingCommands:
    """Each command is a POST below the booking."""

    cancel: CancelBooking
    move: MoveBooking
    check_party_in: CheckIn
    mark_as_no_show: MarkNoShow
    restore: RestoreBooking
    undo_check_in: UndoCheckIn
    renew_link: RenewBookingLink
    change: ChangeContact
    answers: ChangeAnswers
    send: SendTickets
    presenter: BookingPresenter
    tag: ClassVar[str] = "Bookings"

    @operation(
        "POST",
        "/api/v1/{org}/bookings/{ref}/cancel",
        allow=Permission.CHANGE_BOOKINGS,
        raises=(errors.TooLateToCancel, *CHANGES_STATUS),
    )
    async def cancel_booking(
        self, org: OrgContext, booking: OwnBooking
    ) -> Completed[BookingResponse]:
        """Cancel a booking.

        `fee` is what the policy asks by now. Its places are kept for the minute of undo; then they
        are offered to the waiting list, and for sale.
        """
        booking_id = booking.booking.booking_id
        return self._completed(org, await self.cancel(org.org_id, booking_id, context=org.context))

    @operation(
        "POST",
        "/api/v1/{org}/bookings/{ref}/reschedule",
        allow=Permission.CHANGE_BOOKINGS,
        raises=(
            errors.TooLateToMove,
            errors.TooManyChanges,
            errors.TooLateToReduce,
            errors.GuestsNotGiven,
            *TAKES_PLACES,
            *CHANGES_STATUS,
        ),
    )
    async def reschedule_booking(
        self,
        org: OrgContext,
        booking: OwnBooking,
        *,
        body: RescheduleRequest,
        expected_version: int | None,
    ) -> Completed[BookingResponse]:
        """Move a booking to another time, or to another number of guests, or both.

        It takes the new places and gives the old ones back, or stays as it was. What is left out
        stays; the price is what the offering asks now. Fewer guests may come as long as cancelling
        is free, or when the price stays. Send the `version` as `If-Match` to change what you have
        read.
        """
        moved = await self.move(
            org.org_id,
            booking.booking.booking_id,
            body.read(),
            context=org.context,
            party=body.wanted,
            expected_version=expected_version,
        )
        return self._completed(org, moved)

    @operation(
        "POST",
        "/api/v1/{org}/bookings/{ref}/check-in",
        allow=Permission.CHANGE_BOOKINGS,
        raises=(errors.NotArrivalTime, *CHANGES_STATUS),
    )
    async def check_in(
        self, org: OrgContext, booking: BookingView, query: ArrivalQuery
    ) -> Completed[BookingResponse]:
        """Check a party in.

        A ticket that is shown twice is refused: `already_checked_in`. So is one for another time,
        from three hours before the start to three hours after the end: `not_arrival_time`.
        """
        arrived = await self.check_party_in(
            org.org_id, booking.booking.booking_id, context=org.context, any_time=query.any_time
        )
        return self._completed(org, arrived)

    @operation(
        "POST",
        "/api/v1/{org}/bookings/{ref}/no-show",
        allow=Permission.CHANGE_BOOKINGS,
        raises=(errors.NotArrivalTime, *CHANGES_STATUS),
    )
    async def mark_no_show(
        self, org: OrgContext, booking: BookingView, query: ArrivalQuery
    ) -> Completed[BookingResponse]:
        """Mark a party as a no-show.

        The booking keeps its places, and can still be checked in. Before the start nobody can have
        failed to come: `not_arrival_time`.
        """
        missed = await self.mark_as_no_show(
            org.org_id, booking.booking.booking_id, context=org.context, any_time=query.any_time
        )
        return self._completed(org, missed)

    @operation(
        "POST",
        "/api/v1/{org}/bookings/{ref}/undo",
        allow=Permission.CHANGE_BOOKINGS,
        raises=(
            errors.TooLateToUndo,
            errors.CancelledByStaff,
            *CHANGES_STATUS,
        ),
    )
    async def undo(self, org: OrgContext, booking: OwnBooking) -> Completed[BookingResponse]:
        """Undo the last change.

        A cancellation within a minute, as its places are kept until then; a check-in or a no-show
        at any time. A customer can undo the customer's own cancellation alone, and a few times. A
        move has no undo: move it back.
        """
        booking_id = booking.booking.booking_id
        if booking.booking.status not in {"checked_in", "no_show"}:
            restored = await self.restore(org.org_id, booking_id, context=org.context)
            return self._completed(org, restored)
        if not org.may(Permission.CHANGE_BOOKINGS):
            raise NotSignedIn("Only staff undo a check-in.")
        undone = await self.undo_check_in(org.org_id, booking_id, context=org.context)
        return self._completed(org, undone)

    @operation("POST", "/api/v1/{org}/bookings/{ref}/renew-link", allow=Permission.CHANGE_BOOKINGS)
    async def renew_booking_link(self, uow: UnitOfWork, booking: OwnBooking) -> None:
        """Renew the links of a booking.

        Those given out before open nothing any more. The new link goes by mail to the address of
        the booking, and to nobody else; staff read it as `manage_url`.
        """
        await self.renew_link(uow, booking.booking.booking_id)

    @operation(
        "PATCH",
        "/api/v1/{org}/bookings/{ref}/customer",
        allow=Permission.CHANGE_BOOKINGS,
        raises=(errors.TooManyContactChanges, *CHANGES_STATUS),
    )
    async def change_customer(
        self,
        uow: UnitOfWork,
        *,
        org: OrgContext,
        booking: OwnBooking,
        body: Patch[CustomerRequest],
        expected_version: int | None,
    ) -> BookingResponse:
        """Change the contact details of a booking.

        A field left out stays. A new e-mail address gets the ticket, the one before is told, and
        the links given out before end: `manage_url` is the new one.
        """
        stored = booking.booking
        current = CustomerRequest(
            stored.customer_name, stored.customer_email, stored.customer_phone
        )
        customer = body.apply_to(current).read(region=booking.venue.country, path="")
        changed = await self.change(
            uow, stored.booking_id, customer, expected_version=expected_version
        )
        return self.presenter.view(org.organisation, replace(booking, booking=changed))

    @operation(
        "PUT",
        "/api/v1/{org}/bookings/{ref}/answers",
        allow=Permission.CHANGE_BOOKINGS,
        raises=(
            errors.TooLateToAnswer,
            errors.TooManyChanges,
            errors.AnswerMissing,
            errors.AnswerNotValid,
            *CHANGES_STATUS,
        ),
    )
    async def change_answers(
        self,
        uow: UnitOfWork,
        *,
        org: OrgContext,
        booking: OwnBooking,
        body: ChangeAnswersRequest,
        expected_version: int | None,
    ) -> BookingResponse:
        """Replace the answers of a booking.

        A question that is left out is unanswered; answers to questions that are gone stay. A
        customer can change them as long as the time.
        """
        changed = await self.answers(
            uow, booking.booking.booking_id, body.answers, expected_version=expected_version
        )
        return self.presenter.view(org.organisation, replace(booking, booking=changed))

    @operation("POST", "/api/v1/{org}/tickets", allow=Permission.BOOK)
    async def send_tickets(self, uow: UnitOfWork, body: SendTicketsRequest) -> None:
        """Send a guest's tickets again.

        By mail to the address, for the bookings that it has. Whether there are any is not told.
        """
        await self.send.by_email(uow, body.read())

    def _completed(
        self, org: OrgContext, result: Result[BookingOutcome]
    ) -> Completed[BookingResponse]:
        return Completed(self.presenter.outcome(org.organisation, result.outcome), result.replayed)

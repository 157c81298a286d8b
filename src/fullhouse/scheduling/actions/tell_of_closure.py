"""Tell one guest that the time is closed: by an event, for which the e-mail is sent.

Each step is repeatable: a notice is settled in the transaction of its event. One that cancels is
claimed first and settled afterwards, and the idempotency key of the cancellation is that of the
effect, so that a worker may die at any moment.
"""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking.actions.cancel_closed_booking import CancelClosedBooking
from fullhouse.booking.actions.close_booked_time import close_booked_time, lock_booking, state_at
from fullhouse.booking.errors import (
    AlreadyCancelled,
    AlreadyCheckedIn,
    UnknownBooking,
    WrongStatus,
)
from fullhouse.jobs.effects import Effect
from fullhouse.kernel.context import RequestContext, on_behalf_of
from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.ids import OrgId
from fullhouse.scheduling.model.closure_notices import ClosureNotice, NoticePayload, NoticeStatus
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


class BookingUndecided(TransientError):
    """The booking may still be restored; the guest is told when that is settled."""

    code = "booking_undecided"
    message = "It is not settled yet whether this booking stands. Try again in a minute."


@dataclass(frozen=True, slots=True)
class TellOfClosure:
    """Executes effects of the kind `closure_notice`. Safe to repeat after any outcome."""

    unit_of_work: UnitOfWorkFactory
    cancel: CancelClosedBooking

    async def __call__(self, effect: Effect) -> None:
        """Tell the guest, unless the closure was taken back or the booking is over.

        Raises `BookingUndecided`, and what concerns the database.
        """
        payload = effect.payload_as(NoticePayload)
        context = RequestContext(
            on_behalf_of(payload.actor), effect.correlation_id, idempotency_key=effect.key
        )
        async with self.unit_of_work(context, effect.org_id) as uow:
            claimed = await _claim(uow, effect, payload.closure_id)
        if claimed is not None:
            await self._cancel(effect.org_id, claimed, context)

    async def _cancel(self, org_id: OrgId, notice: ClosureNotice, context: RequestContext) -> None:
        status: NoticeStatus = "told"
        try:
            await self.cancel(
                org_id,
                notice.booking_id,
                context=context,
                closure_id=notice.closure_id,
                reason=notice.reason,
                with_fee=notice.remedy == "cancel_with_fee",
            )
        except (AlreadyCancelled, AlreadyCheckedIn, UnknownBooking, WrongStatus):
            status = "over"  # its guest was faster, or has arrived
        async with self.unit_of_work(context, org_id) as uow:
            await _settle(uow, notice, status)


async def _claim(uow: UnitOfWork, effect: Effect, closure_id: UUID) -> ClosureNotice | None:
    """Settle a notice, or claim one whose booking is to be cancelled, which is returned."""
    notice = await uow.session.fetch_one(
        "scheduling.lock_notice",
        ClosureNotice,
        org_id=effect.org_id,
        closure_id=closure_id,
        booking_id=effect.subject,
    )
    if notice is None or notice.status not in {"due", "claimed"}:
        return None
    if notice.status == "claimed":
        return notice
    booking = await lock_booking(uow, notice.booking_id)
    state = "over" if booking is None else state_at(booking, notice.starts_at, now=uow.now)
    if booking is None or state == "over":
        await _settle(uow, notice, "over")
        return None
    if state == "undecided":
        raise BookingUndecided
    if notice.remedy != "move":
        await _settle(uow, notice, "claimed")
        return notice
    await close_booked_time(uow, booking, closure_id=notice.closure_id, reason=notice.reason)
    await _settle(uow, notice, "told")
    return None


async def _settle(uow: UnitOfWork, notice: ClosureNotice, status: NoticeStatus) -> None:
    await uow.session.execute(
        "scheduling.settle_notice",
        org_id=uow.org_id,
        closure_id=notice.closure_id,
        booking_id=notice.booking_id,
        status=status,
    )

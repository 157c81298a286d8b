"""What is done with a booking: cancel, move, check in, note a no-show, undo."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fullhouse.booking import errors
from fullhouse.booking.actions.cancel_booking import CancelBooking
from fullhouse.booking.actions.check_in import CheckIn
from fullhouse.booking.actions.mark_no_show import MarkNoShow
from fullhouse.booking.actions.move_booking import MoveBooking
from fullhouse.booking.actions.restore_booking import RestoreBooking
from fullhouse.booking.actions.undo_check_in import UndoCheckIn
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.bookings import MAKING
from fullhouse.entrypoints.api.finding import Finding, Found
from fullhouse.entrypoints.api.operation import Access, Body, Operation, Success
from fullhouse.entrypoints.api.requests import MoveFields, move_decoder
from fullhouse.entrypoints.api.responses import write_response
from fullhouse.entrypoints.api.shapes import (
    EXAMPLE_BOOKING,
    EXAMPLE_SLOT,
    BookingShape,
    TokenQuery,
)
from fullhouse.entrypoints.api.showing import Showing
from fullhouse.entrypoints.http.response import AnyResponse
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, IdempotencyKeyReused
from fullhouse.people.errors import NotSignedIn

_STATUSES = (
    errors.UnknownBooking,
    errors.AlreadyCancelled,
    errors.AlreadyCheckedIn,
    errors.HoldHasExpired,
    errors.WrongStatus,
    errors.ChangedMeanwhile,
    IdempotencyKeyReused,
)


@dataclass(frozen=True, slots=True)
class _Verb:
    """The last part of a path, who may say it, and how it can be refused."""

    name: str
    access: Access
    problems: tuple[type[FullhouseError], ...] = ()


@dataclass(frozen=True, slots=True)
class Actions:
    """The verbs that change a booking."""

    cancel: CancelBooking
    move: MoveBooking
    check_in: CheckIn
    no_show: MarkNoShow
    restore: RestoreBooking
    undo_check_in: UndoCheckIn


@dataclass(frozen=True, slots=True)
class Changes:
    """Each verb is a POST below the booking; a repeat with the same key hears the same answer."""

    finding: Finding
    actions: Actions
    showing: Showing

    def operations(self) -> Sequence[Operation]:
        return (
            _operation(
                _Verb("cancel", "guest", (errors.TooLateToCancel,)),
                self.cancel,
                summary="Cancel a booking",
                words="Its places are free again. `fee` is what the policy asks by now.",
            ),
            _operation(
                _Verb("reschedule", "guest", (errors.TooLateToMove, *MAKING)),
                self.reschedule,
                summary="Move a booking to another time",
                words="It gets the new places and gives the old ones back, or stays as it was.",
                body=Body(shape=MoveFields, examples={"a slot": {"slot": EXAMPLE_SLOT["id"]}}),
            ),
            _operation(
                _Verb("check-in", "owner"),
                self.check_in,
                summary="Note that a party has arrived",
                words="A ticket that is shown twice is told so: `already_checked_in`.",
            ),
            _operation(
                _Verb("no-show", "owner"),
                self.no_show,
                summary="Note that a party did not come",
                words="Its places stay its own, and it can still be checked in.",
            ),
            _operation(
                _Verb("undo", "guest", (errors.TooLateToUndo, errors.SlotFull, errors.SlotClosed)),
                self.undo,
                summary="Undo what was done last, for a minute",
                words="A cancellation, if its places are still free; a check-in; a no-show.",
            ),
        )

    async def cancel(self, request: ApiRequest) -> AnyResponse:
        found = await self.finding.for_guest(request)
        return self._shown(
            found,
            await self.actions.cancel(found.org_id, found.booking_id, context=found.context),
        )

    async def reschedule(self, request: ApiRequest) -> AnyResponse:
        found = await self.finding.for_guest(request)
        slots = (await request.json(move_decoder)).read()
        return self._shown(
            found,
            await self.actions.move(found.org_id, found.booking_id, slots, context=found.context),
        )

    async def check_in(self, request: ApiRequest) -> AnyResponse:
        found = await self.finding.for_owner(request)
        return self._shown(
            found,
            await self.actions.check_in(found.org_id, found.booking_id, context=found.context),
        )

    async def no_show(self, request: ApiRequest) -> AnyResponse:
        found = await self.finding.for_owner(request)
        return self._shown(
            found,
            await self.actions.no_show(found.org_id, found.booking_id, context=found.context),
        )

    async def undo(self, request: ApiRequest) -> AnyResponse:
        """A guest undoes a cancellation; arrivals are the owner's to undo."""
        found = await self.finding.for_guest(request)
        if found.view.booking.status in {"checked_in", "no_show"}:
            if not found.context.may(Permission.CHANGE_BOOKINGS):
                raise NotSignedIn("Only the people at the gate undo a check-in.")
            undo = self.actions.undo_check_in
            return self._shown(
                found, await undo(found.org_id, found.booking_id, context=found.context)
            )
        return self._shown(
            found,
            await self.actions.restore(found.org_id, found.booking_id, context=found.context),
        )

    def _shown(self, found: Found, answer: Result[BookingOutcome]) -> AnyResponse:
        shape = self.showing.outcome(found.org, answer.outcome)
        return write_response(shape, replayed=answer.replayed, status=200)


def _operation(
    verb: _Verb,
    handler: Callable[[ApiRequest], Awaitable[AnyResponse]],
    *,
    summary: str,
    words: str,
    body: Body | None = None,
) -> Operation:
    first, *others = verb.name.split("-")
    return Operation(
        method="POST",
        path="/api/v1/{org}/bookings/{ref}/" + verb.name,
        name=first + "".join(other.title() for other in others),
        tag="Bookings",
        summary=summary,
        description=words,
        access=verb.access,
        handler=handler,
        body=body,
        query=TokenQuery if verb.access == "guest" else None,
        successes=[
            Success(
                status=200, words="The booking now.", shape=BookingShape, example=EXAMPLE_BOOKING
            )
        ],
        problems=[*_STATUSES, *verb.problems],
    )

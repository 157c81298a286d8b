"""The live hold that a browser has of an offering, known by a cookie with its id, a secret."""

from contextlib import suppress
from typing import Final

import msgspec

from fullhouse.booking.actions.place_hold import PlaceHold
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.errors import BookingError, HoldHasExpired
from fullhouse.booking.limits import HOLD_SECONDS_MAX
from fullhouse.booking.model.booking import Booking, BookingId
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.requests import HoldRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.urls import OfferingUrls
from fullhouse.booking.reads.bookings import Bookings
from fullhouse.entrypoints.web.forms import read_uuid
from fullhouse.entrypoints.web.limits import HOLDS_FOLLOWED_MAX
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Cookie
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import RequestContext

_COOKIE: Final = "held"


class LiveHold(msgspec.Struct, frozen=True):
    """A hold that has not ended."""

    hold_id: BookingId
    request: HoldRequest


class LiveHolds(msgspec.Struct, frozen=True):
    """Takes, replaces and remembers the hold of a browser: it has one of an offering at a time."""

    bookings: Bookings
    place_hold: PlaceHold
    release_hold: ReleaseHold
    clock: Clock

    def is_live(self, booking: Booking) -> bool:
        """Whether it is a hold that has not ended."""
        expires_at = booking.expires_at
        return booking.status == "held" and expires_at is not None and expires_at > self.clock.now()

    async def take(
        self,
        page: PageContext,
        offering: Offering,
        request: HoldRequest,
        *,
        context: RequestContext,
    ) -> BookingId:
        """Return the hold of these places: the browser's own, or a new one that replaces it.

        A form that is sent twice holds once; sent again after its hold has ended, it holds anew.
        Raises as `PlaceHold`.
        """
        before = await self._find(page, offering)
        if before is not None and before.request == request:
            return before.hold_id
        if before is not None and before.request.slots == request.slots:
            await self._release(page, before)  # its places may be needed
            before = None
        hold_id = await self._place(page, request, context)
        if before is not None:
            await self._release(page, before)
        self._remember(page, offering, hold_id)
        return hold_id

    async def take_again(
        self, page: PageContext, offering: Offering, request: HoldRequest, *, ended: BookingId
    ) -> BookingId:
        """Return the hold of the places of one that has ended. Raises as `PlaceHold`."""
        context = _after(page.context, ended)
        return await self.take(page, offering, request, context=context)

    async def _place(
        self, page: PageContext, request: HoldRequest, context: RequestContext
    ) -> BookingId:
        """Return the hold; after a repeat of one that ended, the one that came after it."""
        for _ in range(HOLDS_FOLLOWED_MAX):
            result = await self.place_hold(page.org_id, request, context=context)
            hold_id = result.outcome.booking_id
            if not (result.replayed and await self._has_ended(page, hold_id)):
                return hold_id
            context = _after(page.context, hold_id)
        raise HoldHasExpired

    async def _has_ended(self, page: PageContext, hold_id: BookingId) -> bool:
        """Whether it gave its places back, and has not become a booking."""
        view = await self.bookings.by_id(page.org_id, hold_id)
        if view is None or view.booking.status in {"expired", "released"}:
            return True
        return view.booking.status == "held" and not self.is_live(view.booking)

    async def _find(self, page: PageContext, offering: Offering) -> LiveHold | None:
        """The browser's hold of this offering, if it is still one."""
        hold_id = read_uuid(page.request.cookies.get(_COOKIE))
        view = None if hold_id is None else await self.bookings.by_id(page.org_id, hold_id)
        if view is None or view.offering.offering_id != offering.offering_id:
            return None
        booking = view.booking
        if not self.is_live(booking):
            return None
        request = HoldRequest(
            tuple(map(SlotId, booking.slots)), booking.party, booking.guest_numbers
        )
        return LiveHold(booking.booking_id, request)

    async def _release(self, page: PageContext, hold: LiveHold) -> None:
        """Give its places back, unless it has ended or was confirmed meanwhile."""
        with suppress(BookingError):
            await self.release_hold(page.org_id, hold.hold_id, context=page.context)

    def _remember(self, page: PageContext, offering: Offering, hold_id: BookingId) -> None:
        """Tell the browser which hold it has.

        Only for the form's own address: a new cookie of the offering's page, which varies by
        cookie, would make going back load it anew.
        """
        page.cookies.append(
            Cookie(
                name=_COOKIE,
                value=str(hold_id),
                path=OfferingUrls(page.organisation.slug, offering.slug).holds,
                max_age=HOLD_SECONDS_MAX,
                secure=page.is_secure,
            )
        )


def _after(context: RequestContext, ended: BookingId) -> RequestContext:
    """The context of the request that takes the places of a hold anew, once.

    The id of the hold, a secret, tells its browser from others.
    """
    return msgspec.structs.replace(context, client=f"hold {ended}", idempotency_key="again")

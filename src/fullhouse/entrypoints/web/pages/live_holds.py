"""The live hold that a browser has of an offering, known by a cookie with its id, a secret."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

import msgspec

from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.errors import BookingError
from fullhouse.booking.limits import HOLD_SECONDS_MAX
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import HoldRequest
from fullhouse.booking.model.urls import OfferingUrls
from fullhouse.booking.reads.bookings import Bookings
from fullhouse.entrypoints.web.forms import read_uuid
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Cookie
from fullhouse.kernel.clock import Clock

_COOKIE: Final = "held"


class LiveHold(msgspec.Struct, frozen=True):
    """A hold that has not ended."""

    hold_id: BookingId
    slots: Sequence[UUID]
    party: int

    def is_for(self, request: HoldRequest) -> bool:
        """Whether it is what the request asks for."""
        return self.slots == request.slots and self.party == request.party


class LiveHolds(msgspec.Struct, frozen=True):
    """Finds, replaces and remembers the hold of a browser."""

    bookings: Bookings
    release_hold: ReleaseHold
    clock: Clock

    async def find(self, page: PageContext, offering: Offering) -> LiveHold | None:
        """The browser's hold of this offering, if it is still one."""
        hold_id = read_uuid(page.request.cookies.get(_COOKIE))
        view = None if hold_id is None else await self.bookings.by_id(page.org_id, hold_id)
        if view is None or view.offering.offering_id != offering.offering_id:
            return None
        booking = view.booking
        if booking.status != "held" or booking.expires_at is None:
            return None
        if booking.expires_at <= self.clock.now():
            return None
        return LiveHold(booking.booking_id, tuple(booking.slots), booking.party)

    async def release(self, page: PageContext, hold: LiveHold) -> None:
        """Give its places back, unless it has ended or was confirmed meanwhile."""
        with suppress(BookingError):
            await self.release_hold(page.org_id, hold.hold_id, context=page.context)

    def remember(self, page: PageContext, urls: OfferingUrls, hold: BookingOutcome) -> None:
        """Tell the browser which hold it has.

        Only for the form's own address: a new cookie of the offering's page, which varies by
        cookie, would make going back load it anew.
        """
        page.cookies.append(
            Cookie(
                name=_COOKIE,
                value=str(hold.booking_id),
                path=urls.holds,
                max_age=HOLD_SECONDS_MAX,
                secure=page.is_secure,
            )
        )

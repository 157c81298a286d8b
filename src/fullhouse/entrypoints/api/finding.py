"""The booking that a path names, for whoever may see it."""

import re
from dataclasses import dataclass
from typing import Final

from fullhouse.booking.errors import UnknownBooking
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.shapes import TokenQuery
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.ids import REFERENCE_LENGTH, REFERENCE_LETTERS, OrgId
from fullhouse.people.errors import NotSignedIn

_REFERENCE: Final = re.compile(f"[{REFERENCE_LETTERS}]{{{REFERENCE_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Found:
    """A booking with who asked for it, and for which business."""

    asked: OrgContext
    view: BookingView

    @property
    def org_id(self) -> OrgId:
        return self.asked.org_id

    @property
    def org(self) -> str:
        return self.asked.organisation.slug

    @property
    def context(self) -> RequestContext:
        return self.asked.context

    @property
    def booking_id(self) -> BookingId:
        return self.view.booking.booking_id


@dataclass(frozen=True, slots=True)
class Finding:
    """Finds bookings by reference: for the owner's side, or for a guest with the link's token."""

    callers: Callers
    bookings: Bookings
    urls: SignedUrls

    async def for_owner(self, request: ApiRequest) -> Found:
        """Raises `UnknownBooking`, and as `Callers.owner`."""
        asked = await self.callers.allowed(request, Permission.VIEW_BOOKINGS)
        return Found(asked, await self._find(asked, request.path["ref"]))

    async def for_guest(self, request: ApiRequest) -> Found:
        """With a wrong token there is no such booking; raises as `for_owner`."""
        asked = await self.callers.anyone(request)
        token = request.query(TokenQuery).token
        if token is None and not asked.context.may(Permission.VIEW_BOOKINGS):
            raise NotSignedIn("Send the booking's token, or your API key.")
        view = await self._find(asked, request.path["ref"])
        booking_id = view.booking.booking_id
        if not asked.context.may(Permission.VIEW_BOOKINGS) and not self.urls.signer.verify(
            token or "", "manage", org_id=asked.org_id, subject=booking_id
        ):
            raise UnknownBooking
        return Found(asked, view)

    async def _find(self, asked: OrgContext, ref: str) -> BookingView:
        view = None
        if _REFERENCE.fullmatch(ref.upper()):
            view = await self.bookings.by_ref(asked.org_id, ref.upper())
        if view is None:
            raise UnknownBooking
        return view

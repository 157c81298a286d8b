"""Access to one booking: by permission, or by the token of the booking's own link."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.booking.errors import UnknownBooking
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.entrypoints.security.access import OrgContext, require
from fullhouse.http.operations.decoding import decode_query
from fullhouse.http.request import Request
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import REFERENCE_LENGTH, REFERENCE_LETTERS

_REFERENCE: Final = re.compile(f"[{REFERENCE_LETTERS}]{{{REFERENCE_LENGTH}}}")


class TokenQuery(msgspec.Struct, frozen=True):
    """The proof that a booking is the caller's own."""

    token: (
        Annotated[
            str,
            Meta(max_length=64, description="The secret of the booking's link, instead of a key."),
        ]
        | None
    ) = None


@dataclass(frozen=True, slots=True)
class BookingAccess:
    """Finds the booking of `{ref}` for callers with the permission, or with the token."""

    bookings: Bookings
    signer: LinkSigner
    permission: Permission

    async def by_permission(self, request: Request, org: OrgContext) -> BookingView:
        """The dispatcher has checked the permission. Raises `UnknownBooking`."""
        ref = request.path_params["ref"].upper()
        view = await self.bookings.by_ref(org.org_id, ref) if _REFERENCE.fullmatch(ref) else None
        if view is None:
            raise UnknownBooking
        return view

    async def by_token(self, request: Request, org: OrgContext) -> BookingView:
        """Raises as `require` without permission and token, `UnknownBooking` for a wrong token."""
        if org.may(self.permission):
            return await self.by_permission(request, org)
        token = decode_query(request.query_string, TokenQuery).token
        if token is None:
            require(org.context, self.permission)
        view = await self.by_permission(request, org)
        if not self.signer.verify(
            token or "", "manage", org_id=org.org_id, subject=view.booking.booking_id
        ):
            raise UnknownBooking
        return view

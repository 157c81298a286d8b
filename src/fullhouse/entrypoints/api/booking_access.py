"""Access to what has a link of its own: by permission, or by the link's token."""

import re
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.errors import UnknownBooking
from fullhouse.booking.model.tokens import LinkSigner, Purpose
from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.entrypoints.security.access import OrgContext, require
from fullhouse.http.operations.decoding import decode_query
from fullhouse.http.request import Request
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import NotFound
from fullhouse.kernel.ids import REFERENCE_LENGTH, REFERENCE_LETTERS
from fullhouse.kernel.text import pasted

_REFERENCE: Final = re.compile(f"[{REFERENCE_LETTERS}]{{{REFERENCE_LENGTH}}}")


class TokenQuery(msgspec.Struct, frozen=True):
    """The proof that what a link leads to is the caller's own."""

    token: (
        Annotated[
            str,
            Meta(max_length=64, description="The secret of the link, instead of a key."),
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
        ref = pasted(request.path_params["ref"]).upper()
        view = await self.bookings.by_ref(org.org_id, ref) if _REFERENCE.fullmatch(ref) else None
        if view is None:
            raise UnknownBooking
        return view

    async def by_token(self, request: Request, org: OrgContext) -> BookingView:
        """Raises as `require` without permission and token, `UnknownBooking` for a wrong token."""
        if org.may(self.permission):
            return await self.by_permission(request, org)
        token = _token(request, org, self.permission)
        view = await self.by_permission(request, org)
        if not self.signer.opens(token, view.booking, "manage"):
            raise UnknownBooking
        return view


@dataclass(frozen=True, slots=True)
class LinkAccess:
    """Lets callers with the permission, or with the token of its link, to what `{id}` names."""

    signer: LinkSigner
    permission: Permission
    purpose: Purpose
    unknown: type[NotFound]

    async def by_token(self, request: Request, org: OrgContext) -> UUID:
        """Raises as `require` without permission and token, `unknown` for a wrong token."""
        by_permission = org.may(self.permission)
        token = "" if by_permission else _token(request, org, self.permission)
        try:
            subject = UUID(request.path_params["id"])
        except ValueError:
            raise self.unknown from None
        if not (
            by_permission
            or self.signer.verify(token, self.purpose, org_id=org.org_id, subject=subject)
        ):
            raise self.unknown
        return subject


def _token(request: Request, org: OrgContext, permission: Permission) -> str:
    token = decode_query(request.query_string, TokenQuery).token
    if token is None:
        require(org.context, permission)
    return token or ""

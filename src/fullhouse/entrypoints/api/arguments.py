"""Arguments that handlers of this API take beside those of every application.

org: OrgContext         the organisation of the path and who asks
offering: Offering      the offering of `{slug}`, when the caller may see it
booking: BookingView    the booking of `{ref}`; `OwnBooking` takes its link's token too
id: VenueId, …          an id of the path; text that is no id is the resource's `NotFound`;
                        `OwnWaitingEntryId` and `HandedOverMessageId` want the permission or the
                        token of the link of what they name
body: CalendarFile      the closures of the file that was sent, read before the unit of work
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import msgspec

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import UnknownBooking, UnknownOffering, UnknownSlot, UnknownWaiting
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.waiting import WaitingEntryId
from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.customers.errors import UnknownCustomer
from fullhouse.customers.model import CustomerId
from fullhouse.entrypoints.api.booking_access import BookingAccess, LinkAccess, TokenQuery
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.arguments import ArgumentReaders, Load, PathResource
from fullhouse.http.request import Request
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import NotFound
from fullhouse.messages.errors import UnknownMessage, UnknownWebhook
from fullhouse.messages.model import MessageId
from fullhouse.messages.model.webhooks import EndpointId
from fullhouse.people.actions.encode_picture import EncodePicture
from fullhouse.people.errors import UnknownPicture, UnknownVenue
from fullhouse.people.model import VenueId, is_slug
from fullhouse.people.model.picture import EncodedPicture
from fullhouse.resilience.consistency_reads import InconsistencyId
from fullhouse.resilience.errors import UnknownInconsistency
from fullhouse.scheduling.actions.read_calendar_file import ReadCalendarFile
from fullhouse.scheduling.errors import UnknownClosure, UnknownSchedule
from fullhouse.scheduling.model.calendar_report import CalendarReport
from fullhouse.scheduling.model.closures import Closure, ClosureId

_NOT_FOUND: Final[Mapping[object, type[NotFound]]] = {
    BookingId: UnknownBooking,
    ClosureId: UnknownClosure,
    CustomerId: UnknownCustomer,
    EndpointId: UnknownWebhook,
    InconsistencyId: UnknownInconsistency,
    ScheduleId: UnknownSchedule,
    SlotId: UnknownSlot,
    VenueId: UnknownVenue,
    WaitingEntryId: UnknownWaiting,
}


class ByToken(msgspec.Struct, frozen=True):
    """Marks what the token of its link opens, which may stand in for the permission."""


OwnBooking = Annotated[BookingView, ByToken()]
OwnWaitingEntryId = Annotated[WaitingEntryId, ByToken()]
HandedOverMessageId = Annotated[MessageId, ByToken()]


class CalendarClosures(msgspec.Struct, frozen=True):
    """What the calendar file of a body comes to for the venue `{id}`."""

    report: CalendarReport

    @property
    def closures(self) -> tuple[Closure, ...]:
        return tuple(found.closure for found in self.report.closures)


@dataclass(frozen=True, slots=True)
class PathLoaders:
    """Loads what a path names: bookings and the catalogue serve the rows."""

    catalogue: CachedCatalogue
    bookings: Bookings
    signer: LinkSigner
    read_calendar_file: ReadCalendarFile
    encode_picture: EncodePicture

    def readers(self) -> ArgumentReaders[OrgContext]:
        """The readers of all arguments that a handler of this API may take."""
        resources: Mapping[object, PathResource[OrgContext]] = {
            Offering: PathResource(UnknownOffering, lambda _: self._load_offering),
            BookingView: PathResource(UnknownBooking, self._by_permission),
            OwnBooking: PathResource(UnknownBooking, self._by_token, TokenQuery),
            OwnWaitingEntryId: PathResource(UnknownWaiting, self._entry_by_token, TokenQuery),
            HandedOverMessageId: PathResource(UnknownMessage, self._message_by_token, TokenQuery),
            EncodedPicture: PathResource(UnknownPicture, lambda _: self._encode_picture),
            CalendarClosures: PathResource(UnknownVenue, lambda _: self._read_calendar),
        }
        return ArgumentReaders(OrgContext, _NOT_FOUND, resources)

    def _by_permission(self, allow: Permission) -> Load[OrgContext]:
        return BookingAccess(self.bookings, self.signer, allow).by_permission

    def _by_token(self, allow: Permission) -> Load[OrgContext]:
        return BookingAccess(self.bookings, self.signer, allow).by_token

    def _entry_by_token(self, allow: Permission) -> Load[OrgContext]:
        return LinkAccess(self.signer, allow, "waiting", UnknownWaiting).by_token

    def _message_by_token(self, allow: Permission) -> Load[OrgContext]:
        return LinkAccess(self.signer, allow, "acknowledge", UnknownMessage).by_token

    async def _load_offering(self, request: Request, org: OrgContext) -> Offering:
        slug = request.path_params["slug"]
        if not is_slug(slug):
            raise UnknownOffering
        offering = await self.catalogue.offering(org.org_id, slug)
        if not (offering.published or org.may(Permission.MANAGE_OFFERINGS)):
            raise UnknownOffering
        return offering

    async def _encode_picture(self, request: Request, org: OrgContext) -> EncodedPicture:
        """Before the unit of work: a picture may take seconds."""
        return await self.encode_picture(org.org_id, await request.body())

    async def _read_calendar(self, request: Request, org: OrgContext) -> CalendarClosures:
        """Before the unit of work: a file may take seconds."""
        venue_id = VenueId(UUID(request.path_params["id"]))
        file = await request.body()
        return CalendarClosures(await self.read_calendar_file(org.org_id, venue_id, file))

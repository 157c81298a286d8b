"""Closures: when a venue is closed, one by one or as an iCalendar file."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.errors import UnknownOffering
from fullhouse.entrypoints.api.arguments import CalendarClosures
from fullhouse.entrypoints.inputs.offerings import ClosureRequest
from fullhouse.entrypoints.outputs.calendar_imports import CalendarImportResponse
from fullhouse.entrypoints.outputs.schedules import (
    ClosureListResponse,
    ClosurePreviewResponse,
    ClosureResponse,
    NoticesResponse,
    SavedClosureResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.arguments import FileBody
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Created
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.limits import SLUG_CHARACTERS_MAX
from fullhouse.people.model import VenueId
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.scheduling.actions.close_venue import CloseVenue
from fullhouse.scheduling.actions.import_closures import ImportClosures
from fullhouse.scheduling.actions.reopen_venue import ReopenVenue
from fullhouse.scheduling.errors import TooManyClosures, TooManyToTell
from fullhouse.scheduling.limits import CALENDAR_BYTES_MAX
from fullhouse.scheduling.model.closures import ClosureId, ClosureInvalid
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.wall_text import wall_text
from fullhouse.scheduling.reads.closures import closures_ahead
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork

_EXAMPLE: Final = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Bouquet Garden//Closures//EN
BEGIN:VEVENT
UID:independence-day-2027
DTSTAMP:20270601T000000Z
DTSTART;VALUE=DATE:20270704
SUMMARY:Independence Day
END:VEVENT
END:VCALENDAR
"""
CalendarFile = Annotated[
    CalendarClosures,
    FileBody(media_type="text/calendar", bytes_max=CALENDAR_BYTES_MAX, example=_EXAMPLE),
]


class CalendarQuery(msgspec.Struct, frozen=True):
    """Selects one of the venue's calendars."""

    calendar: Annotated[
        str,
        Meta(
            pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
            max_length=SLUG_CHARACTERS_MAX,
            description="A name of your own; the closures of other calendars stay as they are.",
        ),
    ] = "closures"


@dataclass(frozen=True, slots=True)
class Closures:
    """Closes and reopens venues; the slots follow in the same transaction."""

    database: Database
    clock: Clock
    close: CloseVenue
    reopen: ReopenVenue
    import_file: ImportClosures
    tag: ClassVar[str] = "Closures"

    @operation("GET", "/api/v1/{org}/venues/{id}/closures", allow=Permission.MANAGE_OFFERINGS)
    async def list_closures(self, org: OrgContext, id: VenueId) -> ClosureListResponse:
        """List when a venue is closed."""
        async with self.database.session() as session:
            venue = await venue_by_id(session, org.org_id, id)
            if venue is None:
                raise UnknownVenue
            found = await closures_ahead(session, org.org_id, id, now=self.clock.now())
        return ClosureListResponse(tuple(map(ClosureResponse.of, found)))

    @operation(
        "POST",
        "/api/v1/{org}/venues/{id}/closures",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(ClosureInvalid, TooManyClosures, TooManyToTell, UnknownOffering),
    )
    async def close_venue(
        self,
        uow: UnitOfWork,
        *,
        id: VenueId,
        body: ClosureRequest,
    ) -> Created[SavedClosureResponse]:
        """Close a venue for a time.

        Slots in use stay, closed to new bookings: see `listSlotsNeedingReview`. With `tell` their
        guests get an e-mail, the first of them a minute later.
        """
        new = body.read(await offerings_of(uow.session, uow.org_id))
        done = await self.close(uow, id, new)
        closure = ClosureResponse(
            id=done.closure_id,
            starts_at=wall_text(new.starts_at),
            ends_at=wall_text(new.ends_at),
            reason=new.reason,
            source="owner",
            offerings=tuple(sorted(body.offerings)),
            notices=new.tell and NoticesResponse(new.tell, len(done.told), 0, 0, 0),
        )
        return Created(SavedClosureResponse.saved(closure, done.slots))

    @operation(
        "POST",
        "/api/v1/{org}/venues/{id}/closures/preview",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(ClosureInvalid, TooManyToTell, UnknownOffering),
    )
    async def preview_closure(
        self,
        uow: UnitOfWork,
        *,
        id: VenueId,
        body: ClosureRequest,
    ) -> ClosurePreviewResponse:
        """Preview whom a closure would touch; nothing is changed."""
        new = body.read(await offerings_of(uow.session, uow.org_id))
        return ClosurePreviewResponse.of(await self.close.preview(uow, id, new))

    @operation("DELETE", "/api/v1/{org}/closures/{id}", allow=Permission.MANAGE_OFFERINGS)
    async def reopen_venue(self, uow: UnitOfWork, id: ClosureId) -> None:
        """Remove a closure.

        E-mails about it that were not sent yet are stopped. Guests who were told get another one.
        """
        await self.reopen(uow, id)

    @operation(
        "PUT",
        "/api/v1/{org}/venues/{id}/closures/calendar",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(CalendarInvalid, TooManyClosures),
    )
    async def import_closures(
        self,
        uow: UnitOfWork,
        *,
        id: VenueId,
        query: CalendarQuery,
        body: CalendarFile,
    ) -> CalendarImportResponse:
        """Import a venue's closures from a calendar file.

        Closures that are no longer in the file are removed; past ones stay. The response says what
        was taken, what was left out and why, and which closed slots have bookings.
        """
        done = await self.import_file(uow, id, body.closures, calendar=query.calendar)
        return CalendarImportResponse.of(done, body.report, applied=True)

    @operation(
        "POST",
        "/api/v1/{org}/venues/{id}/closures/calendar/preview",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(CalendarInvalid, TooManyClosures),
    )
    async def preview_closures(
        self,
        uow: UnitOfWork,
        *,
        id: VenueId,
        query: CalendarQuery,
        body: CalendarFile,
    ) -> CalendarImportResponse:
        """Preview what an import of a calendar file would do.

        The response is that of the import with `applied` false; nothing is changed.
        """
        done = await self.import_file.preview(uow, id, body.closures, calendar=query.calendar)
        return CalendarImportResponse.of(done, body.report, applied=False)

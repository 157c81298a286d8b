"""Closures: when a venue is shut, one by one or as an iCalendar file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.operation import Body, Operation, Success
from fullhouse.entrypoints.api.responses import json_response, no_content
from fullhouse.entrypoints.api.schedules import WallTime, spelled, wall_time
from fullhouse.entrypoints.api.shapes import LINE, Strict, uuid_of
from fullhouse.entrypoints.api.writes import Writes
from fullhouse.entrypoints.http.response import AnyResponse, Response
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import IdempotencyKeyReused
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.limits import SLUG_CHARACTERS_MAX
from fullhouse.people.model import VenueId
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.scheduling.actions.close_venue import CloseVenue, NewClosure
from fullhouse.scheduling.actions.import_closures import ImportClosures, KnownClosure
from fullhouse.scheduling.actions.reopen_venue import ReopenVenue
from fullhouse.scheduling.errors import UnknownClosure
from fullhouse.scheduling.limits import CALENDAR_BYTES_MAX, REASON_CHARACTERS_MAX
from fullhouse.scheduling.model.closures import ClosureId, ClosureInvalid
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.reads.schedules import closures_ahead
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork


class ClosureFields(Strict, frozen=True):
    """From when until when (not included) the venue is shut, and why: guests read it."""

    starts_at: WallTime
    ends_at: WallTime
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_CHARACTERS_MAX, pattern=LINE)]

    def read(self) -> NewClosure:
        """Raises `InvalidFields` for a time that no calendar has."""
        return NewClosure(
            wall_time(self.starts_at, "starts_at"),
            wall_time(self.ends_at, "ends_at"),
            self.reason.strip(),
        )


class ClosureAnswer(msgspec.Struct, frozen=True):
    """A closure; `source` says whether the owner wrote it or a calendar brought it."""

    id: UUID
    starts_at: str
    ends_at: str
    reason: str
    source: Literal["owner", "calendar"]


class ClosuresAnswer(msgspec.Struct, frozen=True):
    """Closures that are not over, the soonest first."""

    closures: tuple[ClosureAnswer, ...]


class ImportedAnswer(msgspec.Struct, frozen=True):
    """What the calendar changed."""

    added: int
    changed: int
    removed: int
    unchanged: int


class ImportQuery(msgspec.Struct, frozen=True):
    """Which of the venue's calendars this is."""

    calendar: Annotated[
        str,
        Meta(
            pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
            max_length=SLUG_CHARACTERS_MAX,
            description="A name of your own; the closures of other calendars stay as they are.",
        ),
    ] = "closures"


_decoder: Final = msgspec.json.Decoder(ClosureFields)
_EXAMPLE_FIELDS: Final = {
    "starts_at": "2027-07-04T00:00",
    "ends_at": "2027-07-05T00:00",
    "reason": "Independence Day",
}
_EXAMPLE: Final = {
    "id": "01977f6e-8a00-7000-8000-000000000015",
    **_EXAMPLE_FIELDS,
    "source": "owner",
}
_CALENDAR: Final = """\
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


@dataclass(frozen=True, slots=True)
class Closures:
    """Closes and reopens venues; the slots follow in the same transaction."""

    callers: Callers
    database: Database
    clock: Clock
    close_venue: CloseVenue
    reopen_venue: ReopenVenue
    import_closures: ImportClosures
    writes: Writes

    def operations(self) -> Sequence[Operation]:
        below = "/api/v1/{org}/venues/{id}/closures"
        return (
            Operation(
                method="GET",
                path=below,
                name="closures",
                tag="Set-up",
                summary="When a venue is shut",
                access="owner",
                handler=self.list,
                successes=[Success(status=200, words="The soonest first.", shape=ClosuresAnswer)],
                problems=[UnknownVenue],
            ),
            Operation(
                method="POST",
                path=below,
                name="closeVenue",
                tag="Set-up",
                summary="Close a venue for a time",
                description="Slots with guests stay, closed to new ones: see `slotsToLookAt`.",
                access="owner",
                handler=self.close,
                body=Body(shape=ClosureFields, examples={"a holiday": _EXAMPLE_FIELDS}),
                successes=[
                    Success(status=201, words="Closed.", shape=ClosureAnswer, example=_EXAMPLE),
                    Success(status=200, words="Closed before, by this key.", shape=ClosureAnswer),
                ],
                problems=[UnknownVenue, ClosureInvalid, IdempotencyKeyReused],
            ),
            Operation(
                method="DELETE",
                path="/api/v1/{org}/closures/{id}",
                name="reopenVenue",
                tag="Set-up",
                summary="Take a closure back",
                access="owner",
                handler=self.reopen,
                successes=[Success(status=204, words="Taken back.")],
                problems=[UnknownClosure],
            ),
            self._importing(below + "/calendar"),
        )

    def _importing(self, path: str) -> Operation:
        return Operation(
            method="PUT",
            path=path,
            name="importClosures",
            tag="Set-up",
            summary="Make a venue's closures those of a calendar file",
            description="What has vanished from the file vanishes here; the past is left alone.",
            access="owner",
            handler=self.bring,
            query=ImportQuery,
            body=Body(
                shape=str,
                examples={"one holiday": _CALENDAR},
                media_type="text/calendar",
                bytes_max=CALENDAR_BYTES_MAX,
            ),
            successes=[
                Success(
                    status=200,
                    words="What the calendar changed.",
                    shape=ImportedAnswer,
                    example={"added": 1, "changed": 0, "removed": 0, "unchanged": 0},
                )
            ],
            problems=[UnknownVenue, CalendarInvalid, ClosureInvalid],
        )

    async def list(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        found = await self._ahead(asked, _venue_id(request))
        return json_response(ClosuresAnswer(tuple(map(_answer, found))))

    async def close(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        venue_id = _venue_id(request)
        new = (await request.json(_decoder)).read()

        async def work(uow: UnitOfWork) -> Response:
            closure_id, _ = await self.close_venue(uow, venue_id, new)
            answer = ClosureAnswer(
                closure_id, spelled(new.starts_at), spelled(new.ends_at), new.reason, "owner"
            )
            return json_response(answer, status=201)

        return await self.writes(request, asked, work)

    async def reopen(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        closure_id = ClosureId(uuid_of(request.path["id"], UnknownClosure()))

        async def work(uow: UnitOfWork) -> Response:
            await self.reopen_venue(uow, closure_id)
            return no_content()

        return await self.writes(request, asked, work)

    async def bring(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        venue_id = _venue_id(request)
        calendar = request.query(ImportQuery).calendar
        file = await request.text("text/calendar")

        async def work(uow: UnitOfWork) -> Response:
            done = await self.import_closures(uow, venue_id, file, calendar=calendar)
            return json_response(
                ImportedAnswer(done.added, done.changed, done.removed, done.unchanged)
            )

        return await self.writes(request, asked, work)

    async def _ahead(self, asked: OrgContext, venue_id: VenueId) -> Sequence[KnownClosure]:
        async with self.database.session() as session:
            if await venue_by_id(session, asked.org_id, venue_id) is None:
                raise UnknownVenue
            today = self.clock.now().date()
            midnight = datetime(today.year, today.month, today.day)  # noqa: DTZ001 - wall time
            return await closures_ahead(session, asked.org_id, venue_id, first=midnight)


def _answer(closure: KnownClosure) -> ClosureAnswer:
    return ClosureAnswer(
        closure.closure_id,
        spelled(closure.starts_at),
        spelled(closure.ends_at),
        closure.reason,
        closure.source,
    )


def _venue_id(request: ApiRequest) -> VenueId:
    return VenueId(uuid_of(request.path["id"], UnknownVenue()))

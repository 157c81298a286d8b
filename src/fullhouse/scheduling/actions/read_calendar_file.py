"""Read a calendar file: the closures that it brings to a venue, before anything is changed."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.concurrency.bulkhead import Bulkhead
from fullhouse.concurrency.child_process import ProcessFailed, run_in_child_process
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.ids import OrgId
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import VenueId
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.scheduling.calendar_file import CalendarRequest, CalendarResult, ReadCalendar
from fullhouse.scheduling.limits import (
    CALENDAR_SECONDS_MAX,
    CALENDAR_WAIT_SECONDS_MAX,
)
from fullhouse.scheduling.metrics import CalendarFileMetrics
from fullhouse.scheduling.model.calendar_report import CalendarReport
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.wall_time import wall_at
from fullhouse.storage.database import Database
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("scheduling")
_PROGRAM: Final = "fullhouse.scheduling.calendar_file"


@dataclass(frozen=True, slots=True)
class ReadCalendarFile:
    """Reads the files of strangers, a few at a time, each in a process of its own.

    It holds no connection meanwhile: an open transaction would hold up the relay of events.
    """

    database: Database
    clock: Clock
    bulkhead: Bulkhead
    metrics: CalendarFileMetrics

    async def __call__(self, org_id: OrgId, venue_id: VenueId, file: bytes) -> CalendarReport:
        """The closures that are not over. A cancelled call ends the process.

        Raises `CalendarInvalid` (with the line), `UnknownVenue`, and `Overloaded` or
        `DeadlineExceeded` when too many files are being read.
        """
        async with self.database.session() as session:
            venue = await venue_by_id(session, org_id, venue_id)
        if venue is None:
            raise UnknownVenue(venue=venue_id)
        first = wall_at(self.clock.now(), ZoneInfo(venue.zone))
        try:
            result = await self._read(org_id, CalendarRequest(file, venue.zone, first))
        except ProcessFailed as failed:
            self.metrics.ended("stopped")
            _LOG.warning(
                "scheduling.calendar_file_stopped", status=failed.status, org_id=str(org_id)
            )
            message = "This file takes too long to read. Leave out what is over, or split it."
            raise CalendarInvalid(message, line=0) from failed
        except TransientError:
            self.metrics.ended("overloaded")
            raise
        if isinstance(result, ReadCalendar):
            self.metrics.ended("read")
            return result.report
        self.metrics.ended("refused")
        raise CalendarInvalid(result.detail, line=result.line)

    async def _read(self, org_id: OrgId, request: CalendarRequest) -> CalendarResult:
        """In turn of each organisation: one with many files holds up no other's."""
        await self.bulkhead.acquire(CALENDAR_WAIT_SECONDS_MAX, caller=str(org_id))
        try:
            answer = await run_in_child_process(
                _PROGRAM, msgspec.msgpack.encode(request), timeout_seconds=CALENDAR_SECONDS_MAX
            )
        finally:
            self.bulkhead.release()
        result: CalendarResult = msgspec.msgpack.decode(answer, type=CalendarResult)
        return result

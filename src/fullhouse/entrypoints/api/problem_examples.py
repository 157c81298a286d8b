"""Examples of errors, as the OpenAPI document shows them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from fullhouse.booking import errors as booking
from fullhouse.booking.model.slot import Alternative, SlotId
from fullhouse.http import errors as http
from fullhouse.http.operations.decoding import WrongMediaType
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, InvalidInput, VersionConflict
from fullhouse.people.errors import NotPermitted
from fullhouse.scheduling.errors import TooManyClosures, TooManySchedules
from fullhouse.scheduling.model.closures import ClosureInvalid
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.recurrence import RuleInvalid
from fullhouse.scheduling.model.rule_expansion import TooManySlots
from fullhouse.scheduling.model.schedule import ScheduleInvalid

_SLOT: Final = SlotId(UUID("01977f6e-8c00-7000-8000-00000000002a"))
_TEN: Final = datetime(2027, 6, 19, 10, tzinfo=UTC)
_HALF_PAST: Final = datetime(2027, 6, 19, 10, 30, tzinfo=UTC)
EXAMPLES: Final[Mapping[type[FullhouseError], FullhouseError]] = {
    type(error): error
    for error in (
        InvalidInput("Expected `int`, got `str`", field="party"),
        WrongMediaType(sent="text/plain"),
        NotPermitted(permission=Permission.MANAGE_OFFERINGS),
        VersionConflict(version=4),
        http.MethodNotAllowed(allow="GET, HEAD"),
        http.BodyTooLarge(bytes_max=65_536),
        booking.PartyNotAdmitted(party_min=1, party_max=8),
        booking.SlotFull(
            slot=_SLOT,
            remaining=1,
            offering="sunflower-mornings",
            zone="America/Chicago",
            alternatives=(
                Alternative(slot_id=_SLOT, starts_at=_TEN, ends_at=_HALF_PAST, remaining=12),
            ),
        ),
        booking.SlotClosed(slot=_SLOT, reason="Storm damage"),
        booking.PossibleDuplicate(ref="K7QF2M9D", starts_at=_TEN, party=2),
        booking.TooManyBookings(bookings_max=5),
        booking.WrongStatus(booking_status="no_show"),
        booking.CapacityBelowSold(slot=_SLOT, sold=12),
        booking.TooManyHolds(holds=40, places=120, retry_after_seconds=240),
        RuleInvalid(part="BYDAY"),
        TooManySlots(limit=20_000),
        TooManySchedules(limit=100),
        TooManyClosures(limit=5_000),
        ScheduleInvalid(field="duration_minutes"),
        ClosureInvalid(field="ends_at"),
        CalendarInvalid(line=12),
    )
}
"""Of each error that has required attributes."""

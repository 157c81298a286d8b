"""Examples of errors, as the OpenAPI document shows them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from fullhouse.booking import errors as booking
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import Alternative, SlotId
from fullhouse.customers import errors as customers
from fullhouse.http import errors as http
from fullhouse.http.operations.decoding import QueryTooLong
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, InvalidInput, Overloaded, VersionConflict
from fullhouse.messages.errors import (
    InvalidEmailText,
    TextMistake,
    TooManyWebhooks,
    UnknownWebhook,
)
from fullhouse.messages.text_templates import NOT_ALLOWED
from fullhouse.people.errors import (
    DomainTaken,
    InvitedTooOften,
    NotPermitted,
    OrganisationSlugTaken,
    SignInBusy,
    SignInLocked,
    TooManyApiKeys,
    TooManyInvitations,
    TooManyPictures,
    TooManyVenues,
    UnknownVenue,
)
from fullhouse.resilience.errors import InconsistencySettled
from fullhouse.scheduling.errors import (
    TooManyClosures,
    TooManySchedules,
    TooManyToTell,
    UnknownClosure,
    UnknownSchedule,
)
from fullhouse.scheduling.model.closures import ClosureInvalid
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.recurrence import RuleInvalid
from fullhouse.scheduling.model.rule_expansion import TooManySlots
from fullhouse.scheduling.model.schedule import ScheduleInvalid

_SLOT: Final = SlotId(UUID("01977f6e-8c00-7000-8000-00000000002a"))
_TEN: Final = datetime(2027, 6, 19, 10, tzinfo=UTC)
_NEXT: Final = SlotId(UUID("01977f6e-8c00-7000-8000-00000000002b"))
_ELEVEN: Final = datetime(2027, 6, 19, 11, tzinfo=UTC)
_HALF_PAST: Final = datetime(2027, 6, 19, 10, 30, tzinfo=UTC)
_VENUE: Final = UUID("01977f6e-8000-7000-8000-000000000001")
_WHERE: Final = {"offering": "sunflower-morning", "zone": "America/Chicago"}
_ALTERNATIVES: Final = (
    Alternative(slot_id=_NEXT, starts_at=_HALF_PAST, ends_at=_ELEVEN, remaining=12),
)
EXAMPLES: Final[Mapping[type[FullhouseError], FullhouseError]] = {
    type(error): error
    for error in (
        InvalidInput("Send a whole number instead of text.", field="party"),
        Overloaded(waiting=512),
        QueryTooLong(bytes_max=2_048),
        http.WrongMediaType("Send JSON, as application/json.", sent="text/plain"),
        SignInLocked(retry_after_seconds=30),
        SignInBusy(retry_after_seconds=4),
        NotPermitted(permission=Permission.MANAGE_OFFERINGS),
        OrganisationSlugTaken(slug="bouquet-garden"),
        DomainTaken(domain="book.bouquet-garden.example"),
        TooManyPictures(limit=200),
        TooManyVenues(limit=200),
        booking.TooManyOfferings(limit=300),
        InvitedTooOften(limit=5),
        TooManyInvitations(limit=100),
        TooManyApiKeys(limit=100),
        UnknownVenue(venue=_VENUE),
        UnknownWebhook(webhook=_VENUE),
        TooManyWebhooks(limit=10),
        VersionConflict(version=4),
        http.MethodNotAllowed("Use one of: GET, HEAD.", allow="GET, HEAD"),
        http.BodyTooLarge("Send at most 65536 bytes.", bytes_max=65_536),
        booking.UnknownOffering(offering=OfferingId(_VENUE)),
        booking.UnknownSlot(slot=_SLOT),
        booking.UnknownPriceCategory(field="guests.pirate", category="pirate"),
        booking.AnswerMissing(field="answers.any-allergies", question="any-allergies"),
        booking.AnswerNotValid(field="answers.boot-size[1]", question="boot-size"),
        booking.PartyNotAdmitted(party_min=1, party_max=8),
        booking.SlotFull(slot=_SLOT, remaining=1, alternatives=_ALTERNATIVES, **_WHERE),
        booking.SlotClosed(slot=_SLOT, reason="Storm damage", alternatives=_ALTERNATIVES, **_WHERE),
        booking.SlotPast(**_WHERE),
        booking.SlotNotOpen(opens_at=_TEN, **_WHERE),
        booking.PossibleDuplicate(ref="K7QF2M9D", starts_at=_TEN, party=2, **_WHERE),
        booking.TooManyBookings(bookings_max=5, **_WHERE),
        booking.HoldHasExpired(expires_at=_TEN, **_WHERE),
        booking.AlreadyCancelled(**_WHERE),
        booking.BookingQuarantined(**_WHERE),
        booking.AlreadyCheckedIn(**_WHERE),
        booking.AlreadyWaiting(**_WHERE),
        booking.ClientWaitsAlready(**_WHERE),
        booking.CancelledByStaff(**_WHERE),
        booking.WrongStatus(booking_status="no_show", **_WHERE),
        booking.TooLateToCancel(until=_TEN, **_WHERE),
        booking.TooLateToMove(until=_TEN, **_WHERE),
        booking.TooLateToAnswer(until=_TEN, **_WHERE),
        booking.TooLateToReduce(until=_TEN, **_WHERE),
        booking.NotArrivalTime(starts_at=_TEN, **_WHERE),
        booking.TooManyContactChanges(changes_max=5, **_WHERE),
        booking.TooManyChanges(changes_max=100, **_WHERE),
        booking.TooLateToUndo(**_WHERE),
        booking.CapacityBelowSold(slot=_SLOT, sold=12, **_WHERE),
        booking.TooManyHolds(holds=40, places=120, retry_after_seconds=240),
        customers.CustomerExpected(coming=2),
        RuleInvalid(part="BYDAY"),
        TooManySlots(limit=20_000),
        TooManySchedules(limit=100),
        TooManyClosures(limit=5_000),
        TooManyToTell(limit=10_000),
        InconsistencySettled(outcome="repaired"),
        UnknownSchedule(schedule=_SLOT),
        UnknownClosure(closure=_SLOT),
        ScheduleInvalid(field="duration_minutes"),
        ClosureInvalid(field="ends_at"),
        CalendarInvalid(line=12),
        InvalidEmailText(problems=(TextMistake("text", 3, NOT_ALLOWED),)),
    )
}
"""Of each error that has attributes, with all of them."""

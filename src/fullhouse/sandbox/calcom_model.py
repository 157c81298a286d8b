"""What Cal.com keeps and what it is asked for: https://cal.com/docs/api-reference/v2."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from msgspec import UNSET, Meta, Struct, UnsetType

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.timespan import Instant
from fullhouse.kernel.zones import is_zone

SLOTS_VERSION: Final = "2024-09-04"
BOOKINGS_VERSION: Final = "2024-08-13"
WEBHOOK_VERSION: Final = "2021-10-20"
REQUESTS_MAX: Final = 120
REQUESTS_SECONDS: Final = 60
RESERVATION_MINUTES: Final = 5
SLOT_DAYS_MAX: Final = 62

CalStatus = Literal["accepted", "pending", "cancelled", "rejected"]
Minutes = Annotated[int, Meta(ge=1, le=1_440)]
CalMetadata = Annotated[
    dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=500)]],
    Meta(max_length=50),
]


class Attendee(Struct, frozen=True, kw_only=True, rename="camel"):
    """Who books; an address or a number is needed."""

    name: Annotated[str, Meta(min_length=1)]
    email: str | None = None
    phone_number: str | None = None
    time_zone: str
    language: str = "en"
    absent: bool = False


class CalBookingRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /v2/bookings`; `start` is in UTC."""

    start: Instant
    event_type_id: int
    attendee: Attendee
    guests: list[str] = []
    length_in_minutes: Minutes | None = None
    location: dict[str, str] | str | None = None
    metadata: CalMetadata = {}
    booking_fields_responses: dict[str, object] = {}


class CalBooking(Struct, frozen=True, kw_only=True, rename="camel"):
    """A booking in the form of version 2024-08-13."""

    id: int
    uid: str
    title: str
    status: CalStatus
    start: str
    end: str
    duration: int
    event_type_id: int
    attendees: tuple[Attendee, ...]
    guests: tuple[str, ...]
    metadata: dict[str, str]
    booking_fields_responses: dict[str, object]
    location: str
    hosts: tuple[dict[str, str], ...]
    created_at: str
    updated_at: str
    ics_uid: str
    cancellation_reason: str | UnsetType = UNSET
    rescheduling_reason: str | UnsetType = UNSET
    rescheduled_from_uid: str | UnsetType = UNSET
    rescheduled_to_uid: str | UnsetType = UNSET
    absent_host: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it takes its time from others."""
        return self.status in {"accepted", "pending"}

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether it takes some of that time."""
        return self.is_live and instant(self.start) < end and start < instant(self.end)


class ReservationRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /v2/slots/reservations`."""

    event_type_id: int
    slot_start: Instant
    slot_duration: Minutes | None = None
    reservation_duration: Minutes = RESERVATION_MINUTES


class Reservation(Struct, frozen=True, kw_only=True, rename="camel"):
    """A slot that is kept for minutes."""

    event_type_id: int
    slot_start: str
    slot_end: str
    slot_duration: int
    reservation_uid: str
    reservation_duration: int
    reservation_until: str

    def overlaps(self, start: datetime, end: datetime, *, now: datetime) -> bool:
        """Whether it still keeps some of that time."""
        is_live = now < instant(self.reservation_until)
        return is_live and instant(self.slot_start) < end and start < instant(self.slot_end)


class SlotsQuery(Struct, frozen=True, kw_only=True, rename="camel"):
    """The query of `GET /v2/slots`."""

    start: str
    end: str
    event_type_id: int | None = None
    event_type_slug: str | None = None
    username: str | None = None
    usernames: str | None = None
    time_zone: str = "UTC"
    duration: Minutes | None = None
    format: str = "time"
    slot_format: str = "time"

    @property
    def is_range(self) -> bool:
        """Whether ends are asked for too; both names are documented."""
        return "range" in {self.format, self.slot_format}


class CalCancellation(Struct, frozen=True, rename="camel"):
    """`POST …/cancel`."""

    cancellation_reason: str = ""
    seat_uid: str | None = None


class CalRescheduling(Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST …/reschedule`."""

    start: Instant
    rescheduling_reason: str = ""
    rescheduled_by: str | None = None


class MarkAbsent(Struct, frozen=True, rename="camel"):
    """`POST …/mark-absent`."""

    host: bool = False
    attendees: list[dict[str, str | bool]] = []


class SubscriptionRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /v2/webhooks`."""

    subscriber_url: str
    triggers: Annotated[list[str], Meta(min_length=1)]
    active: bool = True
    secret: str = ""


class Subscription(Struct, frozen=True, kw_only=True, rename="camel"):
    """A webhook of somebody's."""

    id: str
    subscriber_url: str
    triggers: list[str]
    active: bool
    secret: str


class OpeningHours(Struct, frozen=True):
    """When it can be booked: every day from `opens` to `closes` in `zone`."""

    opens: time
    closes: time
    zone: ZoneInfo
    minutes: int

    def slots(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The starts of slots within the time, one after the other."""
        day = start.astimezone(self.zone).date()
        while day <= end.astimezone(self.zone).date():
            at = datetime.combine(day, self.opens, self.zone)
            closes = datetime.combine(day, self.closes, self.zone)
            while at + timedelta(minutes=self.minutes) <= closes:
                if start <= at < end:
                    yield at
                at += timedelta(minutes=self.minutes)
            day += timedelta(days=1)


def stamp(at: datetime) -> str:
    """An instant as Cal.com writes it: with milliseconds and its offset, or `Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """What `stamp` has written."""
    return datetime.fromisoformat(text)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; raises `InvalidInput`."""
    if not is_zone(name):
        raise InvalidInput(f"There is no time zone {name[:60]!r}.", field="timeZone")
    return ZoneInfo(name)


def bound_of(text: str, *, is_end: bool) -> datetime:
    """A date or an instant in UTC; of a date as the end the end of that day."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text[:60]!r} is neither a date nor an instant.", field="start"
        ) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    is_date = "T" not in text
    return at + timedelta(days=1) if is_date and is_end else at

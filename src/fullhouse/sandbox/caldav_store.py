"""Calendars and their objects: changes are counted, so that a client asks for the newest alone."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from icalendar import Calendar, Event

from fullhouse.kernel.errors import InvalidInput
from fullhouse.sandbox.limits import STORED_ITEMS_MAX


@dataclass(frozen=True, slots=True)
class CalendarObject:
    """A calendar file at an address; `changed` is the count of the collection at its change."""

    text: str
    uid: str
    component: str
    changed: int
    begins: datetime | None
    ends: datetime | None
    """None for one that recurs, which may have times in all of the future."""

    @property
    def etag(self) -> str:
        return f'"{hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest()}"'

    def is_within(self, start: datetime | None, end: datetime | None) -> bool:
        """Whether it has some of that time; one that recurs has it from its first time on."""
        begins_in_time = end is None or self.begins is None or self.begins < end
        return begins_in_time and (start is None or self.ends is None or self.ends > start)


@dataclass(slots=True)
class CalendarCollection:
    """A calendar of somebody."""

    display_name: str
    count: int = 0
    """Of its changes."""
    objects: dict[str, CalendarObject] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    """The count at which each object was removed."""

    def put(self, name: str, made: CalendarObject) -> None:
        """Store an object; raises `InvalidInput` when the calendar is full."""
        if len(self.objects) >= STORED_ITEMS_MAX and name not in self.objects:
            raise InvalidInput(f"A calendar has at most {STORED_ITEMS_MAX} objects.", field="body")
        self.count += 1
        self.objects[name] = made
        self.removed.pop(name, None)

    def remove(self, name: str) -> None:
        """Forget an object, and remember that there was one."""
        del self.objects[name]
        self.count += 1
        self.removed[name] = self.count
        if len(self.removed) > STORED_ITEMS_MAX:
            del self.removed[next(iter(self.removed))]

    def holder_of(self, uid: str) -> str | None:
        """The name of the object with this UID."""
        return next((name for name, each in self.objects.items() if each.uid == uid), None)

    def since(self, count: int) -> Iterator[tuple[str, CalendarObject | None]]:
        """What was changed after a count; None for what was removed."""
        yield from ((name, each) for name, each in self.objects.items() if each.changed > count)
        yield from ((name, None) for name, changed in self.removed.items() if changed > count)


def calendar_object(body: bytes, changed: int) -> CalendarObject:
    """A calendar file as it is stored: of one UID and one kind; raises `InvalidInput`."""
    try:
        text = body.decode()
        calendar = Calendar.from_ical(text)
    except (ValueError, IndexError):
        raise InvalidInput("The body is no calendar file.", field="body") from None
    parts = [part for part in calendar.subcomponents if part.name != "VTIMEZONE"]
    uids, names = {str(part.get("UID", "")) for part in parts}, {part.name for part in parts}
    if len(uids) != 1 or len(names) != 1 or "" in uids:
        raise InvalidInput("An object has one UID, and components of one kind.", field="body")
    begins, ends = _span([part for part in parts if isinstance(part, Event)])
    return CalendarObject(text, uids.pop(), str(names.pop()), changed, begins, ends)


def _span(events: list[Event]) -> tuple[datetime | None, datetime | None]:
    try:
        begins = [_instant(event.start) for event in events]
        ends = [_instant(event.end) for event in events]
    except (ValueError, AttributeError):  # without times, as a file of tasks
        return None, None
    recurs = any(event.get("RRULE") or event.get("RDATE") for event in events)
    return min(begins, default=None), None if recurs else max(ends, default=None)


def _instant(at: date) -> datetime:
    """Days and floating times count as UTC."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), UTC)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)

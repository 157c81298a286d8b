"""A closure as people say it: in days and hours, with what is offered to those who have booked."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from msgspec import Meta, Struct

from fullhouse.scheduling.limits import REASON_CHARACTERS_MAX
from fullhouse.scheduling.model.closure_notices import ClosureRemedy

_DAY: Final = timedelta(days=1)
_LINE: Final = r"^ *[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"


class ClosureDays(Struct, frozen=True, kw_only=True):
    """Without hours it is of whole days; without offerings, of the whole venue."""

    venue: UUID
    offerings: tuple[UUID, ...] = ()
    first_day: date
    from_time: time | None = None
    last_day: date | None = None
    until_time: time | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_CHARACTERS_MAX, pattern=_LINE)]
    tell: Literal["move", "cancel", "cancel_with_fee", "nobody"] = "move"

    @property
    def remedy(self) -> ClosureRemedy | None:
        return None if self.tell == "nobody" else self.tell

    @property
    def span(self) -> tuple[datetime, datetime]:
        """In wall time; without an end on the last day it lasts until midnight."""
        last = self.last_day or self.first_day
        end = datetime.combine(last, self.until_time) if self.until_time else _midnight_after(last)
        return datetime.combine(self.first_day, self.from_time or time()), end


def _midnight_after(day: date) -> datetime:
    """No day comes after the last of the calendar; a closure so late is refused with a sentence."""
    return datetime.combine(min(day, date.max - _DAY), time()) + _DAY

"""When guests are reminded of their booking."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import gettext_noop as _

ReminderName = Literal["two_days", "one_day", "two_hours"]


class Reminder(Struct, frozen=True):
    """So long before the start. Days are those of the venue's calendar; see `reminders_due`."""

    days: int
    hours: int
    text: str


REMINDERS: Final[Mapping[ReminderName, Reminder]] = {
    "two_days": Reminder(2, 0, _("Two days before")),
    "one_day": Reminder(1, 0, _("The day before")),
    "two_hours": Reminder(0, 2, _("Two hours before")),
}


class ReminderRule(Struct, frozen=True):
    """A reminder of a business; all that was due until `swept_until` is done with."""

    org_id: OrgId
    reminder: ReminderName
    swept_until: datetime


class ReminderSettings(Struct, frozen=True):
    """All reminders of a business. `version` is different for different ones."""

    org_id: OrgId
    reminders: tuple[ReminderName, ...]

    @property
    def version(self) -> int:
        return 1 + sum(1 << place for place, name in enumerate(REMINDERS) if name in self.reminders)


def known_reminders(names: Sequence[str]) -> tuple[ReminderName, ...]:
    """Those that there are, in their order; raises `InvalidInput` for another."""
    for name in names:
        if name not in REMINDERS:
            raise InvalidInput(f"Choose among these: {', '.join(REMINDERS)}.", field="reminders")
    return tuple(name for name in REMINDERS if name in names)

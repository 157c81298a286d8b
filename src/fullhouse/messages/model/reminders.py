"""When guests are written to without having done anything: before their visit, and after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Final, Literal

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import gettext_noop as _

ReminderName = Literal["two_days", "one_day", "two_hours"]
QUIET_FROM: Final = time(20)
QUIET_UNTIL: Final = time(8)


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


class ContactRules(Struct, frozen=True):
    """When a business writes to its guests by itself.

    In the quiet hours of their venue's clock, none when both are equal, guests get no reminder and
    no thanks. They are thanked so many hours after the end of their visit, or not with 0.
    """

    reminders: tuple[ReminderName, ...] = ()
    thanks_hours: int = 0
    quiet_from: time = QUIET_FROM
    quiet_until: time = QUIET_UNTIL


class ReminderSettings(Struct, frozen=True):
    """The rules of a business, and their version."""

    org_id: OrgId
    rules: ContactRules
    version: int


def known_reminders(names: Sequence[str]) -> tuple[ReminderName, ...]:
    """Those that there are, in their order; raises `InvalidInput` for another."""
    for name in names:
        if name not in REMINDERS:
            raise InvalidInput(f"Choose among these: {', '.join(REMINDERS)}.", field="reminders")
    return tuple(name for name in REMINDERS if name in names)

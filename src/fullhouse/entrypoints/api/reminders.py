"""When guests are reminded of their booking, and thanked for their visit."""

from dataclasses import dataclass
from datetime import time
from typing import Annotated, ClassVar

from msgspec import Meta

from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import Patch, RequestBody, VersionedBody
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.context import Permission
from fullhouse.messages.actions.change_reminders import ChangeReminders, reminder_settings
from fullhouse.messages.limits import THANKS_HOURS_MAX
from fullhouse.messages.model.reminders import (
    REMINDERS,
    ContactRules,
    ReminderName,
    ReminderSettings,
)
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork

_WHEN: str = "`two_days` and `one_day` before at the same hour of the venue, "
_Reminders = Annotated[
    tuple[ReminderName, ...],
    Meta(max_length=len(REMINDERS), description=_WHEN + "`two_hours` before the start."),
]
_ThanksHours = Annotated[int, Meta(ge=0, le=THANKS_HOURS_MAX)]
_Clock = Annotated[str, Meta(pattern="^(?:[01][0-9]|2[0-3]):[0-5][0-9]$", examples=["20:00"])]


def _text(clock: time) -> str:
    return clock.isoformat("minutes")


class RemindersRequest(RequestBody, frozen=True):
    """When guests are reminded and thanked."""

    examples: ClassVar = {
        "two days and two hours before": {
            "reminders": ["two_days", "two_hours"],
            "thanks_hours": 0,
            "quiet_from": "20:00",
            "quiet_until": "08:00",
        },
        "thanks the next day": {
            "reminders": ["one_day"],
            "thanks_hours": 20,
            "quiet_from": "21:00",
            "quiet_until": "07:30",
        },
    }
    reminders: _Reminders
    thanks_hours: _ThanksHours
    quiet_from: _Clock
    quiet_until: _Clock

    @staticmethod
    def of(rules: ContactRules) -> "RemindersRequest":
        quiet = _text(rules.quiet_from), _text(rules.quiet_until)
        return RemindersRequest(rules.reminders, rules.thanks_hours, *quiet)

    def read(self) -> ContactRules:
        quiet = time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until)
        return ContactRules(self.reminders, self.thanks_hours, *quiet)


class RemindersResponse(VersionedBody, frozen=True, kw_only=True):
    """When guests are reminded and thanked."""

    example: ClassVar = {
        "reminders": ["two_days", "two_hours"],
        "thanks_hours": 20,
        "quiet_from": "20:00",
        "quiet_until": "08:00",
        "version": 6,
    }
    reminders: _Reminders
    thanks_hours: _ThanksHours
    quiet_from: _Clock
    quiet_until: _Clock

    @staticmethod
    def of(settings: ReminderSettings) -> "RemindersResponse":
        rules = settings.rules
        return RemindersResponse(
            reminders=rules.reminders,
            thanks_hours=rules.thanks_hours,
            quiet_from=_text(rules.quiet_from),
            quiet_until=_text(rules.quiet_until),
            version=settings.version,
        )


@dataclass(frozen=True, slots=True)
class RemindersResource:
    """The reminders and thanks of a business."""

    database: Database
    change: ChangeReminders
    tag: ClassVar[str] = "Channels"

    @operation("GET", "/api/v1/{org}/reminders", allow=Permission.MANAGE_ORGANISATION)
    async def get_reminders(self, org: OrgContext) -> RemindersResponse:
        """Read when guests are reminded of their booking, and thanked for their visit."""
        async with self.database.session() as session:
            return RemindersResponse.of(await reminder_settings(session, org.org_id))

    @operation("PUT", "/api/v1/{org}/reminders", allow=Permission.MANAGE_ORGANISATION)
    async def set_reminders(
        self, uow: UnitOfWork, *, body: RemindersRequest, expected_version: int | None
    ) -> RemindersResponse:
        """Choose when guests are reminded of their booking, by e-mail and by the SMS channel.

        A reminder that is new begins now. Whoever books after it would have come gets none, and a
        booking that is moved is reminded of at its new time. Thanks come by e-mail alone, with a
        link to say how it was. Neither comes in the quiet hours.
        """
        changed = await self.change(uow, body.read(), expected_version=expected_version)
        return RemindersResponse.of(changed)

    @operation("PATCH", "/api/v1/{org}/reminders", allow=Permission.MANAGE_ORGANISATION)
    async def update_reminders(
        self, uow: UnitOfWork, *, body: Patch[RemindersRequest], expected_version: int | None
    ) -> RemindersResponse:
        """Change some of when guests are reminded and thanked. A field left out stays."""
        await locked_organisation(uow.session, uow.org_id)
        current = await reminder_settings(uow.session, uow.org_id)
        rules = body.apply_to(RemindersRequest.of(current.rules)).read()
        return RemindersResponse.of(
            await self.change(uow, rules, expected_version=expected_version)
        )

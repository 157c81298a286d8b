"""When guests are reminded of their booking."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import RequestBody, VersionedBody
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.context import Permission
from fullhouse.messages.actions.change_reminders import ChangeReminders, reminder_settings
from fullhouse.messages.model.reminders import REMINDERS, ReminderName, ReminderSettings
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork

_WHEN: str = "`two_days` and `one_day` before at the same hour of the venue, from 8 to 20; "
_Reminders = Annotated[
    tuple[ReminderName, ...],
    Meta(max_length=len(REMINDERS), description=_WHEN + "`two_hours` before the start."),
]


class RemindersRequest(RequestBody, frozen=True):
    """When guests are reminded; without any they are not."""

    examples: ClassVar = {"two days and two hours before": {"reminders": ["two_days", "two_hours"]}}
    reminders: _Reminders


class RemindersResponse(VersionedBody, frozen=True, kw_only=True):
    """When guests are reminded."""

    example: ClassVar = {"reminders": ["two_days", "two_hours"], "version": 6}
    reminders: _Reminders

    @staticmethod
    def of(settings: ReminderSettings) -> "RemindersResponse":
        return RemindersResponse(reminders=settings.reminders, version=settings.version)


@dataclass(frozen=True, slots=True)
class RemindersResource:
    """The reminders of a business."""

    database: Database
    change: ChangeReminders
    tag: ClassVar[str] = "Channels"

    @operation("GET", "/api/v1/{org}/reminders", allow=Permission.MANAGE_ORGANISATION)
    async def get_reminders(self, org: OrgContext) -> RemindersResponse:
        """Read when guests are reminded of their booking."""
        async with self.database.session() as session:
            return RemindersResponse.of(await reminder_settings(session, org.org_id))

    @operation("PUT", "/api/v1/{org}/reminders", allow=Permission.MANAGE_ORGANISATION)
    async def set_reminders(
        self, uow: UnitOfWork, *, body: RemindersRequest, expected_version: int | None
    ) -> RemindersResponse:
        """Choose when guests are reminded of their booking, by e-mail and by the SMS channel.

        A reminder that is new begins now. Whoever books after it would have come gets none, and a
        booking that is moved is reminded of at its new time.
        """
        changed = await self.change(uow, body.reminders, expected_version=expected_version)
        return RemindersResponse.of(changed)

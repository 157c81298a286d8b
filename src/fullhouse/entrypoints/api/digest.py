"""Who gets an overview of the day each morning."""

from dataclasses import dataclass
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import RequestBody, VersionedBody
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.context import Permission
from fullhouse.messages.actions.change_digest import ChangeDigest, DigestSettings, digest_settings
from fullhouse.people.limits import MEMBERS_LISTED_MAX
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork

_Readers = Annotated[
    tuple[UUID, ...],
    Meta(
        max_length=MEMBERS_LISTED_MAX,
        description="Ids of accounts that work for the business and have a confirmed address.",
    ),
]


class DigestRequest(RequestBody, frozen=True):
    """Who gets it; without anybody nobody does."""

    examples: ClassVar = {"nobody": {"readers": []}}
    readers: _Readers


class DigestResponse(VersionedBody, frozen=True, kw_only=True):
    """Who gets it."""

    example: ClassVar = {"readers": ["01977f6e-8400-7000-8000-000000000004"], "version": 418210}
    readers: _Readers

    @staticmethod
    def of(settings: DigestSettings) -> "DigestResponse":
        return DigestResponse(readers=settings.readers, version=settings.version)


@dataclass(frozen=True, slots=True)
class DigestResource:
    """The overview of the morning of a business."""

    database: Database
    change: ChangeDigest
    tag: ClassVar[str] = "Channels"

    @operation("GET", "/api/v1/{org}/digest", allow=Permission.MANAGE_ORGANISATION)
    async def get_digest(self, org: OrgContext) -> DigestResponse:
        """Read who gets an overview of the day each morning."""
        async with self.database.session() as session:
            return DigestResponse.of(await digest_settings(session, org.org_id))

    @operation("PUT", "/api/v1/{org}/digest", allow=Permission.MANAGE_ORGANISATION)
    async def set_digest(
        self, uow: UnitOfWork, *, body: DigestRequest, expected_version: int | None
    ) -> DigestResponse:
        """Choose who gets an overview of the day each morning, by e-mail.

        It comes from seven o'clock on by the clock of the first venue, on days with bookings, new
        ratings or something to look at.
        """
        changed = await self.change(uow, body.readers, expected_version=expected_version)
        return DigestResponse.of(changed)

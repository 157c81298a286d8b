"""Change who gets an overview of the day each morning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.events import DigestReadersChanged
from fullhouse.messages.limits import DIGEST_ENDS
from fullhouse.people.limits import MEMBERS_LISTED_MAX
from fullhouse.people.model import AccountId
from fullhouse.people.reads.organisations import venues
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


class DigestMember(Struct, frozen=True):
    """Somebody who can get it."""

    account_id: AccountId
    name: str
    email: str


class DigestSettings(Struct, frozen=True):
    """Who gets it. `version` is different for different people."""

    org_id: OrgId
    readers: tuple[AccountId, ...]

    @property
    def version(self) -> int:
        return 1 + sum(one.int % 999_983 for one in self.readers) % 999_983


class _DigestReaderId(Struct, frozen=True):
    account_id: AccountId


async def digest_settings(session: Session, org_id: OrgId) -> DigestSettings:
    found = await session.fetch("messages.digest_readers", _DigestReaderId, org_id=org_id)
    return DigestSettings(org_id, tuple(one.account_id for one in found))


async def digest_members(session: Session, org_id: OrgId) -> list[DigestMember]:
    """Those who work for a business and have confirmed their address."""
    return await session.fetch(
        "messages.digest_members", DigestMember, org_id=org_id, count=MEMBERS_LISTED_MAX
    )


async def local_now(session: Session, org_id: OrgId, now: datetime) -> datetime:
    """By the clock of the first venue."""
    found = await venues(session, org_id)
    return now.astimezone(ZoneInfo(found[0].zone if found else "UTC"))


@dataclass(frozen=True, slots=True)
class ChangeDigest:
    """Who is new gets the next morning's; the others are as they were."""

    async def __call__(
        self, uow: UnitOfWork, readers: Sequence[UUID], *, expected_version: int | None = None
    ) -> DigestSettings:
        """Raises `InvalidInput` for somebody who cannot get it, and `VersionConflict`."""
        await locked_organisation(uow.session, uow.org_id)
        current = await digest_settings(uow.session, uow.org_id)
        if expected_version not in {None, current.version}:
            raise VersionConflict(version=current.version)
        known = {one.account_id for one in await digest_members(uow.session, uow.org_id)}
        if not set(readers) <= known | set(current.readers):
            raise InvalidInput(
                "Choose people of the team who have confirmed their e-mail address.",
                field="readers",
            )
        if set(readers) == set(current.readers):
            return current
        await uow.session.execute(
            "messages.remove_digest_readers", org_id=uow.org_id, account_ids=list(readers)
        )
        local = await local_now(uow.session, uow.org_id, uow.now)
        is_over = local.time() > DIGEST_ENDS
        for reader in readers:
            await uow.session.execute(
                "messages.add_digest_reader",
                org_id=uow.org_id,
                account_id=reader,
                day=local.date() if is_over else None,
            )
        uow.record(uow.org_id, DigestReadersChanged(readers=len(set(readers))))
        return await digest_settings(uow.session, uow.org_id)

    async def stop(self, uow: UnitOfWork, account_id: UUID) -> None:
        """Send it to a person no more. Safe to repeat."""
        removed = await uow.session.execute(
            "messages.remove_digest_reader", org_id=uow.org_id, account_id=account_id
        )
        if removed:
            left = await digest_settings(uow.session, uow.org_id)
            uow.record(uow.org_id, DigestReadersChanged(readers=len(left.readers)))

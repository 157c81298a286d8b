"""Inconsistencies that were found, as rows."""

from collections.abc import Sequence
from typing import NewType
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.consistency_records import Inconsistency
from fullhouse.resilience.errors import UnknownInconsistency
from fullhouse.resilience.limits import INCONSISTENCIES_LISTED_MAX, INCONSISTENCIES_OPEN_MAX
from fullhouse.storage.database import Session

InconsistencyId = NewType("InconsistencyId", UUID)


async def open_inconsistencies(session: Session, rules: Sequence[str]) -> list[Inconsistency]:
    """What is known to break these rules, of all organisations, the oldest first."""
    return await session.fetch(
        "resilience.open_inconsistencies",
        Inconsistency,
        rules=list(rules),
        rows_max=INCONSISTENCIES_OPEN_MAX,
    )


async def inconsistencies(
    session: Session, org_id: OrgId, *, only_open: bool = False
) -> list[Inconsistency]:
    """What was found of an organisation, the newest first."""
    return await session.fetch(
        "resilience.inconsistencies",
        Inconsistency,
        org_id=org_id,
        only_open=only_open,
        rows_max=INCONSISTENCIES_LISTED_MAX,
    )


async def inconsistency(session: Session, org_id: OrgId, inconsistency_id: UUID) -> Inconsistency:
    """Raises `UnknownInconsistency`."""
    found = await session.fetch_one(
        "resilience.inconsistency",
        Inconsistency,
        org_id=org_id,
        inconsistency_id=inconsistency_id,
    )
    if found is None:
        raise UnknownInconsistency
    return found


async def lock_inconsistency(
    session: Session, org_id: OrgId, inconsistency_id: UUID
) -> Inconsistency:
    """Raises `UnknownInconsistency`."""
    found = await session.fetch_one(
        "resilience.lock_inconsistency",
        Inconsistency,
        org_id=org_id,
        inconsistency_id=inconsistency_id,
    )
    if found is None:
        raise UnknownInconsistency
    return found


async def find_inconsistency(session: Session, inconsistency_id: UUID) -> Inconsistency:
    """One of whichever organisation; raises `UnknownInconsistency`."""
    found = await session.fetch_one(
        "resilience.find_inconsistency", Inconsistency, inconsistency_id=inconsistency_id
    )
    if found is None:
        raise UnknownInconsistency
    return found


class Troubles(Struct, frozen=True):
    """What the installation found to be wrong, or could not do, for an organisation."""

    inconsistent: int = 0
    failed_jobs: int = 0


async def troubles(session: Session, org_id: OrgId) -> Troubles:
    """How many records are open, and how many jobs failed for good."""
    found = await session.fetch_one("resilience.troubles", Troubles, org_id=org_id)
    return found or Troubles()

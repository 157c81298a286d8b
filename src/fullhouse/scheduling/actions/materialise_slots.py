"""Materialise slots: as the days go by, the horizon moves on and every schedule with it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fullhouse.booking.actions.telling import Deed
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise
from fullhouse.storage.database import Database
from fullhouse.telemetry import correlation
from fullhouse.telemetry.log import get_logger

BY_THE_CLOCK: Final = "clock"
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _OfferingRow:
    org_id: OrgId
    offering_id: OfferingId


@dataclass(frozen=True, slots=True)
class MaterialiseSlots:
    """Brings the slots of the coming `MATERIALISE_DAYS_AHEAD` days to what schedules want.

    Doing it twice is doing it once, and two processes may do it at the same time.
    """

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(self, org_id: OrgId, offering_id: OfferingId) -> MaterialisationResult:
        """One offering, in one transaction. Raises `UnknownOffering`."""
        caller = Caller(BY_THE_CLOCK, self._correlation_id())
        deed = Deed(org_id, caller, self.clock.now())
        async with self.database.transaction() as session:
            (done,) = await materialise(session, deed, [offering_id])
        return done

    async def every_offering(self) -> tuple[MaterialisationResult, ...]:
        """All of the installation, each in its own transaction; the nightly job.

        One that fails is logged and does not keep the others from their slots.
        """
        async with self.database.session() as session:
            rows = await session.fetch(
                "scheduling.offerings_with_slots", _OfferingRow, now=self.clock.now()
            )
        done: list[MaterialisationResult] = []
        for row in rows:
            try:
                done.append(await self(row.org_id, row.offering_id))
            except FullhouseError as trouble:
                _log.warning(
                    "slots_not_materialised",
                    org_id=str(row.org_id),
                    offering_id=str(row.offering_id),
                    code=trouble.code,
                    detail=trouble.detail,
                )
        return tuple(done)

    def _correlation_id(self) -> UUID:
        return correlation.current() or self.ids.uuid()

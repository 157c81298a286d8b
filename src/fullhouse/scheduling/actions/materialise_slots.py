"""Materialise slots: as days go by, the horizon moves on and every schedule with it."""

from dataclasses import dataclass
from typing import Final

from fullhouse.booking.model.offering import OfferingId
from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import OrgId
from fullhouse.scheduling.materialisation import MaterialisationResult, materialise
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.storage.sweeps import for_each
from fullhouse.storage.unit_of_work import UnitOfWorkFactory
from fullhouse.telemetry import correlation
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("scheduling")


@dataclass(frozen=True, slots=True)
class _OfferingRow:
    org_id: OrgId
    offering_id: OfferingId


@dataclass(frozen=True, slots=True)
class MaterialiseSlots:
    """Brings the slots of the days that each offering is sold ahead to what its schedules ask for.

    It is idempotent, and two processes may run it at the same time.
    """

    unit_of_work: UnitOfWorkFactory

    async def __call__(self, org_id: OrgId, offering_id: OfferingId) -> MaterialisationResult:
        """One offering, in one transaction. Raises `UnknownOffering`."""
        correlation_id = correlation.current() or self.unit_of_work.ids.uuid()
        async with self.unit_of_work(RequestContext(SYSTEM, correlation_id), org_id) as uow:
            (result,) = await materialise(uow, [offering_id])
        return result

    async def every_offering(self) -> tuple[MaterialisationResult, ...]:
        """All of the installation, each in its own transaction; the nightly job.

        An offering that fails does not keep the others from their slots: an error of its schedules
        is logged, any other is raised when all are done, in an `ExceptionGroup`. Without the
        database it ends at once, and is repeated.
        """
        async with self.unit_of_work.database.unrestricted.session() as session:
            rows = await session.fetch(
                "scheduling.offerings_with_slots", _OfferingRow, now=self.unit_of_work.clock.now()
            )
        results = await for_each(
            rows, self._in_turn, name=lambda one: f"offering {one.offering_id} of {one.org_id}"
        )
        return tuple(result for result in results if result is not None)

    async def _in_turn(self, row: _OfferingRow) -> MaterialisationResult | None:
        try:
            return await self(row.org_id, row.offering_id)
        except DatabaseUnavailable:
            raise
        except FullhouseError as error:
            _LOG.warning(
                "scheduling.materialisation_failed",
                org_id=str(row.org_id),
                offering_id=str(row.offering_id),
                error=error,
            )
            return None

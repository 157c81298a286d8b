"""Inconsistencies: broken records of a business, repaired, undone and released."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.booking.errors import ChangedMeanwhile
from fullhouse.entrypoints.inputs.inconsistencies import (
    InconsistenciesQuery,
    ReleaseRequest,
    RepairRequest,
)
from fullhouse.entrypoints.outputs.inconsistencies import (
    InconsistencyListResponse,
    InconsistencyResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.context import Permission
from fullhouse.resilience.consistency_acts import ConsistencyActs
from fullhouse.resilience.consistency_reads import InconsistencyId, inconsistency
from fullhouse.resilience.errors import (
    InconsistencySettled,
    NoRepair,
    RepairChanged,
    RepairNotUndoable,
)
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Inconsistencies:
    """What the continuous check has found, and what becomes of it."""

    acts: ConsistencyActs
    tag: ClassVar[str] = "Consistency"

    @operation("GET", "/api/v1/{org}/inconsistencies", allow=Permission.MANAGE_ORGANISATION)
    async def list_inconsistencies(
        self, org: OrgContext, query: InconsistenciesQuery
    ) -> InconsistencyListResponse:
        """List records that break a consistency rule, or did."""
        found = await self.acts.listed(org.org_id, only_open=query.open)
        return InconsistencyListResponse(tuple(map(InconsistencyResponse.of, found)))

    @operation(
        "GET",
        "/api/v1/{org}/inconsistencies/{id}",
        allow=Permission.MANAGE_ORGANISATION,
        raises=(ChangedMeanwhile,),
    )
    async def get_inconsistency(
        self, org: OrgContext, id: InconsistencyId
    ) -> InconsistencyResponse:
        """Read one with its repair."""
        return InconsistencyResponse.of(await self.acts.show(org.context, org.org_id, id))

    @operation(
        "POST",
        "/api/v1/{org}/inconsistencies/{id}/repair",
        allow=Permission.MANAGE_ORGANISATION,
        raises=(InconsistencySettled, NoRepair, RepairChanged, ChangedMeanwhile),
    )
    async def repair_inconsistency(
        self, uow: UnitOfWork, *, id: InconsistencyId, body: RepairRequest
    ) -> InconsistencyResponse:
        """Apply the repair that was shown."""
        await self.acts.repairs.repair(uow, id, shown=body.repair)
        return await self._response(uow, id)

    @operation(
        "POST",
        "/api/v1/{org}/inconsistencies/{id}/undo",
        allow=Permission.MANAGE_ORGANISATION,
        raises=(InconsistencySettled, RepairNotUndoable),
    )
    async def undo_repair(self, uow: UnitOfWork, id: InconsistencyId) -> InconsistencyResponse:
        """Take a repair back, as long as the record was not changed since."""
        await self.acts.repairs.undo(uow, id)
        return await self._response(uow, id)

    @operation(
        "POST",
        "/api/v1/{org}/inconsistencies/{id}/release",
        allow=Permission.MANAGE_ORGANISATION,
        raises=(InconsistencySettled, ChangedMeanwhile),
    )
    async def release_inconsistency(
        self, uow: UnitOfWork, *, id: InconsistencyId, body: ReleaseRequest
    ) -> InconsistencyResponse:
        """Let the record be changed as it is."""
        await self.acts.repairs.release(uow, id, reason=body.reason)
        return await self._response(uow, id)

    async def _response(self, uow: UnitOfWork, id_: InconsistencyId) -> InconsistencyResponse:
        found = await inconsistency(uow.session, uow.org_id, id_)
        return InconsistencyResponse.of(await self.acts.with_repair(uow, found))

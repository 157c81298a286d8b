"""An inconsistency with its repair, as people are shown it, and the acts on it; each a transaction.

For every door: command, page and API say the same of it and refuse the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.consistency_reads import inconsistencies, inconsistency
from fullhouse.resilience.consistency_records import Inconsistency, Outcome, RecordChange
from fullhouse.resilience.consistency_repair import RepairInconsistency
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_NO_VALUE: Final = "\N{EN DASH}"


class ShownInconsistency(Struct, frozen=True, kw_only=True):
    """What was found, and the repair that there is now; no `repair` where nobody can know."""

    org_id: OrgId
    id: UUID
    rule: str
    statement: str
    subject: str
    message: str
    found_at: datetime
    outcome: Outcome
    ended_at: datetime | None
    reason: str
    quarantined: bool
    advice: str
    repair: str | None = None
    """The fingerprint of the repair, which is sent back when it is applied."""
    changes: tuple[RecordChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsistencyActs:
    """Shows, repairs, undoes and releases."""

    unit_of_work: UnitOfWorkFactory
    repairs: RepairInconsistency

    async def listed(self, org_id: OrgId, *, only_open: bool = False) -> list[ShownInconsistency]:
        """The newest of an organisation, without their repairs."""
        async with self.unit_of_work.database.session() as session:
            found = await inconsistencies(session, org_id, only_open=only_open)
        return [self._shown(one) for one in found]

    async def show(self, context: RequestContext, org_id: OrgId, id_: UUID) -> ShownInconsistency:
        """One with its repair, or with what its repair has changed; raises `UnknownInconsistency`.

        The locks of planning end with the transaction, which writes nothing.
        """
        async with self.unit_of_work(context, org_id) as uow:
            found = await inconsistency(uow.session, org_id, id_)
            return await self.with_repair(uow, found)

    async def with_repair(self, uow: UnitOfWork, found: Inconsistency) -> ShownInconsistency:
        shown = self._shown(found)
        planned = await self.repairs.preview(uow, found)
        if planned is None:
            changes = self.repairs.changes_of(found)
            return msgspec.structs.replace(shown, changes=changes)
        return msgspec.structs.replace(
            shown, repair=planned.fingerprint, changes=planned.changes, advice=""
        )

    async def repair(
        self, context: RequestContext, org_id: OrgId, id_: UUID, *, shown: str | None = None
    ) -> None:
        """Raises as `RepairInconsistency.repair`."""
        async with self.unit_of_work(context, org_id) as uow:
            await self.repairs.repair(uow, id_, shown=shown)

    async def undo(self, context: RequestContext, org_id: OrgId, id_: UUID) -> None:
        """Raises as `RepairInconsistency.undo`."""
        async with self.unit_of_work(context, org_id) as uow:
            await self.repairs.undo(uow, id_)

    async def release(
        self, context: RequestContext, org_id: OrgId, id_: UUID, *, reason: str
    ) -> None:
        """Raises as `RepairInconsistency.release`."""
        async with self.unit_of_work(context, org_id) as uow:
            await self.repairs.release(uow, id_, reason=reason)

    def _shown(self, found: Inconsistency) -> ShownInconsistency:
        rule = self.repairs.rules.get(found.rule)
        return ShownInconsistency(
            org_id=found.org_id,
            id=found.inconsistency_id,
            rule=found.rule,
            statement=rule.statement if rule else found.rule,
            subject=found.subject,
            message=found.message,
            found_at=found.found_at,
            outcome=found.outcome,
            ended_at=found.ended_at,
            reason=found.reason,
            quarantined=bool(rule and rule.quarantines and found.outcome == "open"),
            advice=rule.advice if rule and found.ended_at is None else "",
        )


def change_lines(changes: Sequence[RecordChange]) -> Sequence[str]:
    """A repair as text, a line for each column: `- slots 0197…: booked 4` and `+ … 3`."""
    lines: list[str] = []
    for one in changes:
        name = f"{one.record} {one.column}".rstrip()
        lines += [f"- {name}: {value_text(one.before)}", f"+ {name}: {value_text(one.after)}"]
    return lines


def value_text(value: object) -> str:
    """A value of a record, as JSON has it."""
    if value is None:
        return _NO_VALUE
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

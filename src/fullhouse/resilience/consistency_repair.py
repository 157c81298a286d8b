"""Repair of inconsistent records: planned, shown, applied under their locks, undone, released.

A repair is the records before and after it. It is planned anew under the locks, and refused when it
is not the one that was shown. What it changed is kept with the inconsistency, so it can be undone
as long as nobody has changed the records since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.consistency import Rule
from fullhouse.resilience.consistency_reads import lock_inconsistency
from fullhouse.resilience.consistency_records import (
    Inconsistency,
    Outcome,
    RecordChange,
    Records,
    Repair,
)
from fullhouse.resilience.errors import (
    InconsistencySettled,
    NoRepair,
    RepairChanged,
    RepairNotUndoable,
)
from fullhouse.resilience.events import (
    InconsistencyEnded,
    InconsistencyReleased,
    InconsistencyRepaired,
    InconsistencyRepairUndone,
)
from fullhouse.resilience.reasons import parse_reason
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


class RepairableRecords(Protocol):
    """The records that rules are about, in the part that owns them."""

    async def quarantine(
        self, session: Session, org_id: OrgId, subject: str, *, at: datetime | None
    ) -> None:
        """Refuse changes of a record from now on; without `at` no longer."""
        ...

    async def plan(
        self, session: Session, org_id: OrgId, subject: str, *, rule: str, now: datetime
    ) -> Repair | None:
        """Lock the records and say how they become whole; None where nobody can know."""
        ...

    async def write(self, session: Session, org_id: OrgId, repair: Repair) -> None:
        """Make the locked records what they are after the repair."""
        ...

    def changes(self, stored: object) -> tuple[RecordChange, ...]:
        """What a stored repair has changed."""
        ...

    async def undoing(self, session: Session, org_id: OrgId, stored: object) -> Repair | None:
        """Lock the records of a stored repair; what takes it back, None if they have changed."""
        ...


@dataclass(frozen=True, slots=True)
class RepairInconsistency:
    """Every act on an inconsistency."""

    records: RepairableRecords
    rules: Mapping[str, Rule]

    async def preview(self, uow: UnitOfWork, found: Inconsistency) -> Repair | None:
        """What `repair` would do now; nothing is changed."""
        if found.ended_at is not None:
            return None
        return await self.records.plan(
            uow.session, uow.org_id, found.subject, rule=found.rule, now=uow.now
        )

    def changes_of(self, found: Inconsistency) -> tuple[RecordChange, ...]:
        """What its repair has changed; nothing for one without."""
        return () if found.repair is None else self.records.changes(found.repair)

    async def repair(
        self, uow: UnitOfWork, inconsistency_id: UUID, *, shown: str | None = None
    ) -> Repair:
        """Apply the repair whose fingerprint was `shown`, or whatever it is now without.

        Raises `UnknownInconsistency`, `InconsistencySettled`, `NoRepair` and `RepairChanged`.
        """
        found = await lock_inconsistency(uow.session, uow.org_id, inconsistency_id)
        repair = await self.preview(uow, found)
        if found.ended_at is not None:
            raise InconsistencySettled(outcome=found.outcome)
        if repair is None:
            raise NoRepair
        if shown not in {None, repair.fingerprint}:
            raise RepairChanged
        await self.records.write(uow.session, uow.org_id, repair)
        await self._settle(uow, found, "repaired", repair=repair)
        columns = sorted({change.column for change in repair.changes if change.column})
        uow.record(
            found.event_subject,
            InconsistencyRepaired(rule=found.rule, record=found.subject, columns=tuple(columns)),
        )
        return repair

    async def repair_if_safe(self, uow: UnitOfWork, inconsistency_id: UUID) -> bool:
        """Repair what needs nobody's decision; whether it did."""
        found = await lock_inconsistency(uow.session, uow.org_id, inconsistency_id)
        planned = await self.preview(uow, found)
        if planned is None or not planned.is_safe:
            return False
        await self.repair(uow, inconsistency_id)
        return True

    async def undo(self, uow: UnitOfWork, inconsistency_id: UUID) -> Repair:
        """Take a repair back; the next check finds the record anew.

        Raises `UnknownInconsistency`, `InconsistencySettled` and `RepairNotUndoable`.
        """
        found = await lock_inconsistency(uow.session, uow.org_id, inconsistency_id)
        if found.outcome != "repaired":
            raise InconsistencySettled(outcome=found.outcome)
        undoing = await self.records.undoing(uow.session, uow.org_id, found.repair)
        if undoing is None:
            raise RepairNotUndoable
        await self.records.write(uow.session, uow.org_id, undoing)
        await self._settle(uow, found, "undone")
        uow.record(
            found.event_subject,
            InconsistencyRepairUndone(rule=found.rule, record=found.subject),
        )
        return undoing

    async def release(self, uow: UnitOfWork, inconsistency_id: UUID, *, reason: str) -> None:
        """Let the record be changed as it is. Raises `UnknownInconsistency`, `InvalidInput`."""
        why = parse_reason(reason)
        found = await lock_inconsistency(uow.session, uow.org_id, inconsistency_id)
        if found.outcome != "open":
            raise InconsistencySettled(outcome=found.outcome)
        await self._settle(uow, found, "released", reason=why)
        uow.record(
            found.event_subject,
            InconsistencyReleased(rule=found.rule, record=found.subject, reason=why),
        )

    async def end(self, uow: UnitOfWork, inconsistency_id: UUID) -> None:
        """Close an inconsistency that no check finds any more."""
        found = await lock_inconsistency(uow.session, uow.org_id, inconsistency_id)
        if found.ended_at is not None:
            return
        await self._settle(uow, found, "gone")
        uow.record(found.event_subject, InconsistencyEnded(rule=found.rule, record=found.subject))

    async def _settle(
        self,
        uow: UnitOfWork,
        found: Inconsistency,
        outcome: Outcome,
        *,
        reason: str = "",
        repair: Repair | None = None,
    ) -> None:
        """Write what became of it, and end its quarantine unless another rule keeps it."""
        await uow.session.execute(
            "resilience.settle_inconsistency",
            org_id=uow.org_id,
            inconsistency_id=found.inconsistency_id,
            before=found.outcome,
            outcome=outcome,
            reason=reason,
            repair=repair.to_dict() if repair else None,
            at=uow.now,
        )
        quarantining = [name for name, rule in self.rules.items() if rule.quarantines]
        if found.rule not in quarantining:
            return
        is_broken = await uow.session.fetch_value(
            "resilience.is_still_broken",
            bool,
            org_id=uow.org_id,
            subject=found.subject,
            rules=quarantining,
        )
        if not is_broken:
            await self.records.quarantine(uow.session, uow.org_id, found.subject, at=None)


def stored_records(stored: object, kind: type[Records]) -> tuple[Records, Records]:
    """The records before and after a repair, as `Repair.to_dict` has kept them."""
    fields = msgspec.convert(stored, dict[str, object])
    return msgspec.convert(fields["before"], kind), msgspec.convert(fields["after"], kind)

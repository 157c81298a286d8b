"""The continuous check: find, confirm five seconds later, quarantine, tell, repair what is safe."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.ids import INSTALLATION, OrgId
from fullhouse.resilience.consistency import Consistency, Rule, RuleResult, Violation
from fullhouse.resilience.consistency_reads import open_inconsistencies, troubles
from fullhouse.resilience.consistency_records import Inconsistency, event_subject
from fullhouse.resilience.consistency_repair import RepairInconsistency
from fullhouse.resilience.events import InconsistencyDetected
from fullhouse.resilience.limits import CHECK_REST_FACTOR, CONFIRM_SECONDS
from fullhouse.resilience.metrics import ConsistencyMetrics
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("consistency")
_Key = tuple[UUID, str, str]


async def tell_nobody(_uow: UnitOfWork) -> None:
    """For programs that send no e-mails."""


@dataclass(slots=True)
class WatchConsistency:
    """Run it by the clock. What is slow to check rests longer between two checks.

    Nothing is done about a record that only one of two checks finds. A record stays known until a
    check finds it no more, so it is told of once.
    """

    consistency: Consistency
    unit_of_work: UnitOfWorkFactory
    repairs: RepairInconsistency
    metrics: ConsistencyMetrics
    tell: Callable[[UnitOfWork], Awaitable[None]] = tell_nobody
    """Tells the owners of the first booking that is quarantined, in the transaction that does."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _rests_until: dict[str, float] = field(default_factory=dict)

    async def __call__(self) -> Sequence[Inconsistency]:
        """Check the rules that are due; what was found anew and confirmed."""
        now = self.consistency.clock.monotonic()
        return await self.check(
            [rule for rule in self.consistency.rules if self._rests_until.get(rule.name, 0) <= now]
        )

    async def check(self, rules: Sequence[Rule]) -> Sequence[Inconsistency]:
        """Check these rules now."""
        known = await self._known(rules)
        first = await self._run(rules)
        new = {key for result in first for key in _keys(result)} - set(known)
        if new:
            await self.sleep(CONFIRM_SECONDS)
            await self._confirm(await self._run(_rules_of(rules, new)), new)
        for result in first:
            if result.total <= len(result.examples):
                await self._end_others(known, result)
        after = await self._known(rules)
        counts = Counter(found.rule for found in after.values())
        for rule in rules:
            self.metrics.inconsistencies.labels(rule.name).set(counts[rule.name])
        return [found for key, found in after.items() if key not in known]

    async def _known(self, rules: Sequence[Rule]) -> Mapping[_Key, Inconsistency]:
        names = [rule.name for rule in rules]
        async with self.consistency.database.unrestricted.session() as session:
            found = await open_inconsistencies(session, names)
        return {one.key: one for one in found}

    async def _run(self, rules: Sequence[Rule]) -> Sequence[RuleResult]:
        """A rule that fails is checked another time, and keeps no other from being checked."""
        results = []
        for rule in rules:
            try:
                result = await self.consistency.run(rule)
            except Exception as error:  # noqa: BLE001 - logged; the next check comes at its time
                _LOG.warning("consistency.rule_failed", rule=rule.name, error=error)
                continue
            rest = result.seconds * CHECK_REST_FACTOR
            self._rests_until[rule.name] = self.consistency.clock.monotonic() + rest
            results.append(result)
        return results

    async def _confirm(self, results: Sequence[RuleResult], new: set[_Key]) -> None:
        for result in results:
            for violation in result.examples:
                if _key(result, violation) in new:
                    detected = self._detect(self.repairs.rules[result.rule], violation)
                    await _settled(result.rule, violation.subject, detected)

    async def _detect(self, rule: Rule, violation: Violation) -> None:
        org_id = OrgId(violation.org_id or INSTALLATION)
        inconsistency_id = self.unit_of_work.ids.uuid()
        context = RequestContext(SYSTEM, self.unit_of_work.ids.uuid())
        async with self.unit_of_work(context, org_id) as uow:
            added = await uow.session.execute(
                "resilience.add_inconsistency",
                org_id=org_id,
                inconsistency_id=inconsistency_id,
                rule=rule.name,
                subject=violation.subject,
                message=violation.message,
                at=uow.now,
            )
            if not added:
                return
            if rule.quarantines:
                await self.repairs.records.quarantine(
                    uow.session, org_id, violation.subject, at=uow.now
                )
            event = InconsistencyDetected(
                rule=rule.name, record=violation.subject, quarantined=rule.quarantines
            )
            uow.record(event_subject(violation.subject), event)
            if rule.quarantines and (await troubles(uow.session, org_id)).inconsistent == 1:
                await self.tell(uow)
        _LOG.error("consistency.detected", rule=rule.name, record=violation.subject)
        await self._repair_if_safe(context, org_id, inconsistency_id)

    async def _repair_if_safe(
        self, context: RequestContext, org_id: OrgId, inconsistency_id: UUID
    ) -> None:
        try:
            async with self.unit_of_work(context, org_id) as uow:
                if await self.repairs.repair_if_safe(uow, inconsistency_id):
                    _LOG.info("consistency.repaired", inconsistency_id=inconsistency_id)
        except Exception as error:  # noqa: BLE001 - logged; people repair it then
            _LOG.warning("consistency.repair_failed", error=error)

    async def _end_others(self, known: Mapping[_Key, Inconsistency], result: RuleResult) -> None:
        """Close what was known of a rule, and is not found any more."""
        found = _keys(result)
        for key, one in known.items():
            if one.rule == result.rule and key not in found:
                await _settled(one.rule, one.subject, self._end(one))

    async def _end(self, known: Inconsistency) -> None:
        async with self.unit_of_work.by_system(known.org_id) as uow:
            await self.repairs.end(uow, known.inconsistency_id)


async def _settled(rule: str, record: str, work: Awaitable[None]) -> None:
    """A record that fails is settled by a later check, and keeps no other from being settled.

    Raises only `DatabaseUnavailable`, which would go wrong for all.
    """
    try:
        await work
    except DatabaseUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - logged; the next check comes at its time
        _LOG.warning("consistency.record_failed", rule=rule, record=record, error=error)


def _key(result: RuleResult, violation: Violation) -> _Key:
    return violation.org_id or INSTALLATION, result.rule, violation.subject


def _keys(result: RuleResult) -> set[_Key]:
    return {_key(result, violation) for violation in result.examples}


def _rules_of(rules: Sequence[Rule], keys: set[_Key]) -> Sequence[Rule]:
    names = {name for _, name, _ in keys}
    return [rule for rule in rules if rule.name in names]

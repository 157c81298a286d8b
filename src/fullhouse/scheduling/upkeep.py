"""The jobs of scheduling: make the slots of coming days, and tell the guests of closed times."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.jobs.kinds import JobKind, RecurringJob
from fullhouse.scheduling.actions.materialise_slots import MaterialiseSlots
from fullhouse.scheduling.actions.tell_of_closure import TellOfClosure
from fullhouse.scheduling.limits import CLOSURE_NOTICE_ATTEMPTS_MAX, CLOSURE_NOTICES_PER_SECOND
from fullhouse.scheduling.model.closure_notices import TELL_OF_CLOSURE


@dataclass(frozen=True, slots=True)
class SchedulingUpkeep:
    """The jobs of this part, for `bootstrap` to list."""

    materialise_slots: MaterialiseSlots
    tell_of_closure: TellOfClosure

    def kinds(self) -> tuple[JobKind, ...]:
        """No more are told at once than a second may have, also after an outage."""
        return (
            JobKind(
                TELL_OF_CLOSURE,
                self.tell_of_closure,
                attempts_max=CLOSURE_NOTICE_ATTEMPTS_MAX,
                concurrency=CLOSURE_NOTICES_PER_SECOND,
                yields_under_load=True,
            ),
        )

    def recurring(self) -> tuple[RecurringJob, ...]:
        every, shift = timedelta(hours=6), timedelta(hours=1, minutes=17)
        return (RecurringJob("materialise slots", self._materialise, every=every, shift=shift),)

    async def _materialise(self) -> None:
        await self.materialise_slots.every_offering()

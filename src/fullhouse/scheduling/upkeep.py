"""The recurring job of scheduling: it makes the slots of the days that come into the horizon."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.jobs.kinds import RecurringJob
from fullhouse.scheduling.actions.materialise_slots import MaterialiseSlots


@dataclass(frozen=True, slots=True)
class SchedulingUpkeep:
    """The recurring jobs of this part, for `bootstrap` to list."""

    materialise_slots: MaterialiseSlots

    def recurring(self) -> tuple[RecurringJob, ...]:
        every, shift = timedelta(hours=6), timedelta(hours=1, minutes=17)
        return (RecurringJob("materialise slots", self._materialise, every=every, shift=shift),)

    async def _materialise(self) -> None:
        await self.materialise_slots.every_offering()

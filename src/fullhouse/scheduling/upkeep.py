"""The recurring job of scheduling: it makes the slots of the days that come into the horizon."""

from dataclasses import dataclass

from fullhouse.jobs.kinds import Schedule
from fullhouse.scheduling.actions.materialise_slots import MaterialiseSlots


@dataclass(frozen=True, slots=True)
class SchedulingUpkeep:
    """The schedules of this part, for `bootstrap` to list."""

    materialise_slots: MaterialiseSlots

    def schedules(self) -> tuple[Schedule, ...]:
        return (Schedule("materialise slots", "17 1,7,13,19 * * *", self._materialise),)

    async def _materialise(self) -> None:
        await self.materialise_slots.every_offering()

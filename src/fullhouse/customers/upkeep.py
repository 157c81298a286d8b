"""The recurring job of customers: it erases whom the rules of retention let go."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.customers.actions.apply_retention import ApplyRetention
from fullhouse.jobs.kinds import RecurringJob


@dataclass(frozen=True, slots=True)
class CustomersUpkeep:
    """The recurring jobs of this part, for `bootstrap` to list."""

    apply_retention: ApplyRetention

    def recurring(self) -> tuple[RecurringJob, ...]:
        every, shift = timedelta(days=1), timedelta(hours=2, minutes=41)
        return (RecurringJob("apply retention", self._apply, every=every, shift=shift),)

    async def _apply(self) -> None:
        await self.apply_retention()

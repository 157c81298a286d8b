"""The recurring jobs of customers: erase whom rules let go, and describe who was written before."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.customers.actions.apply_retention import ApplyRetention
from fullhouse.customers.actions.describe_customers import DescribeCustomers
from fullhouse.jobs.kinds import RecurringJob


@dataclass(frozen=True, slots=True)
class CustomersUpkeep:
    """The recurring jobs of this part, for `bootstrap` to list."""

    apply_retention: ApplyRetention
    describe_customers: DescribeCustomers

    def recurring(self) -> tuple[RecurringJob, ...]:
        every, shift = timedelta(days=1), timedelta(hours=2, minutes=41)
        hour, quarter = timedelta(hours=1), timedelta(minutes=15)
        return (
            RecurringJob("apply retention", self._apply, every=every, shift=shift),
            RecurringJob("describe customers", self.describe_customers, every=hour, shift=quarter),
        )

    async def _apply(self) -> None:
        await self.apply_retention()

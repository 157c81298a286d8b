"""Write the texts that find customers as today's rules say, of rows that are older than these."""

from dataclasses import dataclass

from fullhouse.customers.limits import CUSTOMERS_DESCRIBED_AT_ONCE_MAX
from fullhouse.customers.updates import describe_some
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class DescribeCustomers:
    """Some persons a transaction, so that it may stop after any and go on later."""

    database: Database

    async def __call__(self) -> None:
        described = CUSTOMERS_DESCRIBED_AT_ONCE_MAX
        while described == CUSTOMERS_DESCRIBED_AT_ONCE_MAX:
            async with self.database.unrestricted.transaction() as session:
                described = await describe_some(session)

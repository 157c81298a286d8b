"""Erase the persons whom the rules of their organisations let go."""

from dataclasses import dataclass

from fullhouse.customers.actions.erase_customer import EraseCustomer
from fullhouse.customers.errors import CustomerExpected, UnknownCustomer
from fullhouse.customers.limits import ERASED_PER_RUN_MAX
from fullhouse.customers.model import CustomerRecord, RetentionRule
from fullhouse.customers.updates import customers_to_erase
from fullhouse.storage.sweeps import for_each, for_each_organisation
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True)
class ApplyRetention:
    """One person a transaction, so that it may stop at any of them and go on the next night."""

    unit_of_work: UnitOfWorkFactory
    erase: EraseCustomer

    async def __call__(self) -> int:
        """At most `ERASED_PER_RUN_MAX` persons of each organisation; how many were erased.

        Who cannot be erased keeps nobody else; the errors are raised in the end, in an
        `ExceptionGroup`.
        """
        async with self.unit_of_work.database.unrestricted.session() as session:
            rules = await session.fetch("customers.retention_rules", RetentionRule)
        return sum(await for_each_organisation(rules, self._of_organisation))

    async def _of_organisation(self, rule: RetentionRule) -> int:
        before = rule.ends(self.unit_of_work.clock.now())
        async with self.unit_of_work.database.session() as session:
            found = await customers_to_erase(session, rule.org_id, before, limit=ERASED_PER_RUN_MAX)
        return sum(
            await for_each(found, self._erase, name=lambda one: f"customer {one.customer_id}")
        )

    async def _erase(self, person: CustomerRecord) -> bool:
        """False for one who booked, or was erased, since the list was read."""
        try:
            async with self.unit_of_work.by_system(person.org_id) as uow:
                await self.erase(uow, person.customer_id, by_retention=True)
        except (CustomerExpected, UnknownCustomer):
            return False
        return True

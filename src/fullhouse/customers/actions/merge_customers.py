"""Merge customers who are one person, and separate them again: nothing is lost by either."""

from collections.abc import Sequence
from dataclasses import dataclass

from fullhouse.customers.actions.change_customer import lock_customers
from fullhouse.customers.errors import AlreadyMerged, NothingMerged
from fullhouse.customers.events import CustomersMerged, CustomersSeparated
from fullhouse.customers.limits import CUSTOMERS_MERGED_AT_ONCE_MAX
from fullhouse.customers.model import CustomerId
from fullhouse.customers.updates import count_anew, customer_by_id
from fullhouse.kernel.errors import InvalidInput
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class MergeCustomers:
    """Makes customers parts of another one.

    Each keeps its row, contacts, bookings, note and consent; what is shown of the person is read
    over all parts. So nothing has to be moved, and separating them is one change of one column.
    """

    async def __call__(
        self, uow: UnitOfWork, kept: CustomerId, merged: Sequence[CustomerId]
    ) -> None:
        """Raises `UnknownCustomer`, `AlreadyMerged`, and `InvalidInput` for none or too many."""
        others = tuple(one for one in dict.fromkeys(merged) if one != kept)
        if not 1 <= len(others) <= CUSTOMERS_MERGED_AT_ONCE_MAX:
            raise InvalidInput(
                f"Merge from 1 to {CUSTOMERS_MERGED_AT_ONCE_MAX} customers into another one.",
                field="merged",
            )
        found = await lock_customers(uow, (kept, *others))
        if any(one.merged_into is not None for one in found):
            raise AlreadyMerged
        await uow.session.execute(
            "customers.merge_customers",
            org_id=uow.org_id,
            customer_id=kept,
            customer_ids=list(others),
            now=uow.now,
        )
        for other in others:
            uow.record(kept, CustomersMerged(merged_id=other))
        await count_anew(uow.session, {(uow.org_id, kept)})


@dataclass(frozen=True, slots=True)
class SeparateCustomer:
    """Makes a customer that was merged a person of its own again, at any time."""

    async def __call__(self, uow: UnitOfWork, customer_id: CustomerId) -> None:
        """Raises `UnknownCustomer`, and `NothingMerged` for one that is no part of another."""
        customer = await customer_by_id(uow.session, uow.org_id, customer_id)
        if customer.merged_into is None:
            raise NothingMerged
        locked = await lock_customers(uow, (customer_id, customer.person_id))
        if any(one.person_id != customer.person_id for one in locked):
            raise AlreadyMerged  # or separated, between the two reads
        await uow.session.execute(
            "customers.separate_customer",
            org_id=uow.org_id,
            customer_id=customer_id,
            person_id=customer.person_id,
        )
        uow.record(customer.person_id, CustomersSeparated(merged_id=customer_id))
        keys = {(uow.org_id, customer_id), (uow.org_id, customer.person_id)}
        await count_anew(uow.session, keys)

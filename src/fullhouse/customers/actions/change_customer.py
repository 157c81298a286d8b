"""Change what staff keep of a customer: a note and tags, in the version that was opened."""

from collections.abc import Sequence
from dataclasses import dataclass

from fullhouse.customers.errors import UnknownCustomer
from fullhouse.customers.events import CustomerChanged
from fullhouse.customers.model import CustomerId, CustomerRecord
from fullhouse.customers.updates import notify, phones_of
from fullhouse.kernel.errors import VersionConflict
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeCustomer:
    """Replaces note and tags. The event names what changed, never the texts."""

    async def __call__(
        self,
        uow: UnitOfWork,
        customer_id: CustomerId,
        *,
        note: str,
        tags: Sequence[str],
        expected_version: int | None = None,
    ) -> None:
        """Raises `UnknownCustomer` and `VersionConflict`."""
        customer = await lock_customer(uow, customer_id)
        if expected_version not in {None, customer.version}:
            raise VersionConflict(version=customer.version)
        unique = sorted(dict.fromkeys(tags))
        changed = {"note": note != customer.note, "tags": unique != list(customer.tags)}
        fields = tuple(name for name, is_changed in changed.items() if is_changed)
        if not fields:
            return
        await uow.session.execute(
            "customers.change_customer",
            org_id=uow.org_id,
            customer_id=customer_id,
            note=note,
            tags=unique,
        )
        uow.record(customer_id, CustomerChanged(fields=fields))
        await tell_caches(uow, customer)


async def lock_customer(uow: UnitOfWork, customer_id: CustomerId) -> CustomerRecord:
    """A customer that nobody else changes until the end; raises `UnknownCustomer`."""
    (found,) = await lock_customers(uow, (customer_id,))
    return found


async def lock_customers(
    uow: UnitOfWork, customer_ids: Sequence[CustomerId]
) -> Sequence[CustomerRecord]:
    """As `lock_customer`, in the order of their ids; each of them exists."""
    found: Sequence[CustomerRecord] = await uow.session.fetch(
        "customers.lock_customers",
        CustomerRecord,
        org_id=uow.org_id,
        customer_ids=list(customer_ids),
    )
    if len(found) < len(set(customer_ids)):
        raise UnknownCustomer
    return found


async def tell_caches(uow: UnitOfWork, customer: CustomerRecord) -> None:
    """Have caches look again at the numbers of the person that the customer is of."""
    await notify(
        uow.session, await phones_of(uow.session, {(customer.org_id, customer.customer_id)})
    )

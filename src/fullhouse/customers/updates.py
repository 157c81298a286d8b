"""What follows when customers are others than before: counts, and caches by phone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.customers.errors import UnknownCustomer
from fullhouse.customers.limits import CUSTOMERS_DESCRIBED_AT_ONCE_MAX, SEARCHED_BOOKINGS_MAX
from fullhouse.customers.model import CUSTOMER_CACHE, CustomerId, CustomerRecord, phone_key
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session

_RULES: Final = 1
"""Of the texts that find a person. Raised with each change of these, which writes all anew."""

Keys = Collection[tuple[OrgId, CustomerId]]


class PhoneOf(Struct, frozen=True):
    """A number by which a person is found."""

    org_id: OrgId
    phone: str


async def count_anew(session: Session, customers: Keys) -> None:
    """Count what the persons did of whom these customers are, and tell the caches."""
    if not customers:
        return
    keys = keys_of(customers)
    before = await phones_of(session, customers)
    await session.execute("customers.count_customers", **keys)
    await _describe(session, keys)
    await notify(session, [*before, *await phones_of(session, customers)])


class ToDescribe(Struct, frozen=True):
    """A person whose texts were written by earlier rules."""

    org_id: OrgId
    customer_id: CustomerId


async def describe_some(session: Session) -> int:
    """Write the texts anew of some persons whose were written by earlier rules; of how many."""
    found = await session.fetch(
        "customers.customers_to_describe",
        ToDescribe,
        rules=_RULES,
        rows_max=CUSTOMERS_DESCRIBED_AT_ONCE_MAX,
    )
    if found:
        await _describe(session, keys_of([(one.org_id, one.customer_id) for one in found]))
    return len(found)


async def _describe(session: Session, keys: Mapping[str, Sequence[UUID]]) -> None:
    await session.execute(
        "customers.describe_customers", rules=_RULES, bookings_max=SEARCHED_BOOKINGS_MAX, **keys
    )


async def phones_of(session: Session, customers: Keys) -> Sequence[PhoneOf]:
    """The numbers by which the persons are found of whom these customers are."""
    return await session.fetch("customers.phones_of_persons", PhoneOf, **keys_of(customers))


async def notify(session: Session, phones: Sequence[PhoneOf]) -> None:
    """Have every process look at the customers with these numbers again, once this commits."""
    topics = {f"{CUSTOMER_CACHE}/{phone_key(one.org_id, one.phone)}" for one in phones}
    if topics:
        await session.execute("customers.notify_customers", topics=sorted(topics))


def keys_of(customers: Keys) -> dict[str, list[UUID]]:
    """The parameters of a query about these customers, in one order for all who lock them."""
    ordered = sorted(customers)
    return {
        "org_ids": [org_id for org_id, _ in ordered],
        "customer_ids": [customer_id for _, customer_id in ordered],
    }


async def customer_by_id(session: Session, org_id: OrgId, customer_id: UUID) -> CustomerRecord:
    """A customer, also one that was merged into another. Raises `UnknownCustomer`."""
    found = await session.fetch_one(
        "customers.customer_by_id", CustomerRecord, org_id=org_id, customer_id=customer_id
    )
    if found is None:
        raise UnknownCustomer
    return found


async def customers_to_erase(
    session: Session, org_id: OrgId, before: datetime, *, limit: int
) -> Sequence[CustomerRecord]:
    """Persons whose last booking ended before then and who did not agree to news, oldest first."""
    return await session.fetch(
        "customers.customers_to_erase", CustomerRecord, org_id=org_id, before=before, limit=limit
    )

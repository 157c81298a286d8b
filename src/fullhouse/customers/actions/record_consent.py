"""Record that a customer agreed to get news, or wants none any more."""

from dataclasses import dataclass

from fullhouse.customers.actions.change_customer import lock_customer, tell_caches
from fullhouse.customers.events import ConsentGiven, ConsentWithdrawn
from fullhouse.customers.model import Consent, CustomerId
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """The row has the state of now, with when and by whom; the history has every change."""

    async def __call__(self, uow: UnitOfWork, customer_id: CustomerId, consent: Consent) -> None:
        """What is recorded already stays. Raises `UnknownCustomer`."""
        customer = await lock_customer(uow, customer_id)
        if customer.consent == consent:
            return
        await uow.session.execute(
            "customers.record_consent",
            org_id=uow.org_id,
            customer_id=customer_id,
            consent=consent,
            now=uow.now,
            actor=uow.context.actor,
        )
        event = ConsentGiven() if consent == "given" else ConsentWithdrawn()
        uow.record(customer_id, event)
        await tell_caches(uow, customer)

"""The wiring of customers."""

from dataclasses import dataclass

from fullhouse.customers.actions.change_customer import ChangeCustomer
from fullhouse.customers.actions.merge_customers import MergeCustomers, SeparateCustomer
from fullhouse.customers.actions.record_consent import RecordConsent


@dataclass(frozen=True, slots=True)
class CustomerActions:
    """Every verb of customers."""

    change_customer: ChangeCustomer
    record_consent: RecordConsent
    merge_customers: MergeCustomers
    separate_customer: SeparateCustomer


def build_customers() -> CustomerActions:
    return CustomerActions(
        change_customer=ChangeCustomer(),
        record_consent=RecordConsent(),
        merge_customers=MergeCustomers(),
        separate_customer=SeparateCustomer(),
    )

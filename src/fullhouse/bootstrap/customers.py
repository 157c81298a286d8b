"""The wiring of customers."""

from dataclasses import dataclass

from fullhouse.bootstrap.dependencies import Core
from fullhouse.customers.actions.apply_retention import ApplyRetention
from fullhouse.customers.actions.change_customer import ChangeCustomer
from fullhouse.customers.actions.describe_customers import DescribeCustomers
from fullhouse.customers.actions.erase_customer import EraseCustomer
from fullhouse.customers.actions.merge_customers import MergeCustomers, SeparateCustomer
from fullhouse.customers.actions.record_consent import RecordConsent
from fullhouse.customers.actions.set_retention import SetRetention


@dataclass(frozen=True, slots=True)
class CustomerActions:
    """Every verb of customers."""

    change_customer: ChangeCustomer
    record_consent: RecordConsent
    merge_customers: MergeCustomers
    separate_customer: SeparateCustomer
    erase_customer: EraseCustomer
    set_retention: SetRetention
    apply_retention: ApplyRetention
    describe_customers: DescribeCustomers


def build_customers(core: Core) -> CustomerActions:
    erase = EraseCustomer()
    return CustomerActions(
        change_customer=ChangeCustomer(),
        record_consent=RecordConsent(),
        merge_customers=MergeCustomers(),
        separate_customer=SeparateCustomer(),
        erase_customer=erase,
        set_retention=SetRetention(),
        apply_retention=ApplyRetention(core.unit_of_work, erase),
        describe_customers=DescribeCustomers(core.unit_of_work.database),
    )

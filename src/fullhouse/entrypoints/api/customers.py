"""Customers: found by a contact, exported and erased."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.customers.access_log import AccessLog
from fullhouse.customers.actions.erase_customer import EraseCustomer
from fullhouse.customers.errors import CustomerExpected
from fullhouse.customers.model import CustomerId
from fullhouse.customers.model.customers_query import CustomersQuery
from fullhouse.customers.reads.by_phone import CustomersByPhone
from fullhouse.customers.reads.customers import customers_by_email
from fullhouse.customers.reads.privacy import erasure_preview, personal_data
from fullhouse.entrypoints.outputs.customers import (
    CustomerListResponse,
    ErasurePreviewResponse,
    PersonalDataResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Customers:
    """Finds, exports and erases customers."""

    database: Database
    by_phone: CustomersByPhone
    access_log: AccessLog
    clock: Clock
    erase: EraseCustomer
    tag: ClassVar[str] = "Customers"

    @operation("GET", "/api/v1/{org}/customers", allow=Permission.VIEW_CUSTOMERS)
    async def list_customers(self, org: OrgContext, query: CustomersQuery) -> CustomerListResponse:
        """Find customers by telephone number or e-mail address.

        A family with one number is several customers. Who just booked is found a moment later.
        """
        phone, email = query.read()
        if phone:
            found = await self.by_phone(org.org_id, phone)
        else:
            async with self.database.session() as session:
                found = await customers_by_email(session, org.org_id, email)
        for one in found:
            self.access_log.note(
                org.org_id, org.context.actor, subject=one.customer_id, kind="program"
            )
        return CustomerListResponse.of(found, now=self.clock.now())

    @operation("GET", "/api/v1/{org}/customers/{id}/data", allow=Permission.MANAGE_CUSTOMERS)
    async def get_personal_data(self, org: OrgContext, id: CustomerId) -> PersonalDataResponse:
        """Export everything that is held of a person.

        For a request of the person to see it (GDPR, article 15). Of a customer who was merged into
        another, all of the person.
        """
        async with self.database.session() as session:
            data = await personal_data(session, org.org_id, id)
        subject = data.customers[0].customer_id
        self.access_log.note(org.org_id, org.context.actor, subject=subject, kind="data")
        return PersonalDataResponse.of(data)

    @operation("GET", "/api/v1/{org}/customers/{id}/erasure", allow=Permission.MANAGE_CUSTOMERS)
    async def preview_erasure(self, org: OrgContext, id: CustomerId) -> ErasurePreviewResponse:
        """Preview what erasing a customer deletes, and what stays."""
        async with self.database.session() as session:
            preview = await erasure_preview(session, org.org_id, id, now=self.clock.now())
        return ErasurePreviewResponse.of(preview)

    @operation(
        "DELETE",
        "/api/v1/{org}/customers/{id}",
        allow=Permission.MANAGE_CUSTOMERS,
        raises=(CustomerExpected,),
    )
    async def erase_customer(self, uow: UnitOfWork, id: CustomerId) -> None:
        """Erase a customer.

        Name, address, number, notes, consent and the texts of e-mails are deleted. Bookings stay in
        the books without the person. This cannot be undone.
        """
        await self.erase(uow, id)

"""Customers, found by a contact: who is calling?"""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.customers.access_log import AccessLog
from fullhouse.customers.model.customers_query import CustomersQuery
from fullhouse.customers.reads.by_phone import CustomersByPhone
from fullhouse.customers.reads.customers import customers_by_email
from fullhouse.entrypoints.outputs.customers import CustomerListResponse
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class Customers:
    """Finds customers."""

    database: Database
    by_phone: CustomersByPhone
    access_log: AccessLog
    clock: Clock
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

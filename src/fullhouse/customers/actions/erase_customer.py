"""Erase a person: the books keep bookings without a name, and nothing else is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.actions.erase_person import coming, erase_person
from fullhouse.customers.errors import CustomerExpected, UnknownCustomer
from fullhouse.customers.events import CustomerErased
from fullhouse.customers.model import CustomerId, CustomerRecord
from fullhouse.customers.updates import customer_by_id, notify, phones_of
from fullhouse.messages.actions.erase_messages import erase_messages
from fullhouse.storage.unit_of_work import UnitOfWork


class Subject(Struct, frozen=True):
    """A booking or waiting-list entry; a former one is somebody else's by now."""

    subject: UUID
    is_current: bool


class Contact(Struct, frozen=True):
    """What a person is recognised by."""

    contact: str


@dataclass(frozen=True, slots=True)
class EraseCustomer:
    """Empties bookings, waiting-list entries, notes and e-mails, and deletes the customer.

    Contacts are locked first: a booking that comes meanwhile is a new customer's. Events stay as
    they are, for they hold no personal data.
    """

    async def __call__(
        self, uow: UnitOfWork, customer_id: CustomerId, *, by_retention: bool = False
    ) -> None:
        """Erase the person of whom the customer is, with all its parts.

        Raises `UnknownCustomer`, and `CustomerExpected` while bookings are to come.
        """
        person = (await customer_by_id(uow.session, uow.org_id, customer_id)).person_id
        key = {"org_id": uow.org_id, "customer_id": person}
        contacts = await uow.session.fetch("customers.lock_contacts_of_person", Contact, **key)
        parts: Sequence[CustomerRecord] = await uow.session.fetch(
            "customers.lock_person", CustomerRecord, **key
        )
        if not parts:
            raise UnknownCustomer
        subjects = await uow.session.fetch("customers.subjects_of_person", Subject, **key)
        current = [one.subject for one in subjects if one.is_current]
        if count := await coming(uow.session, uow.org_id, current, now=uow.now):
            raise CustomerExpected(coming=count)
        phones = await phones_of(uow.session, {(uow.org_id, person)})
        former = [one.subject for one in subjects if not one.is_current]
        await erase_person(uow, current, former=former)
        await erase_messages(uow, current)
        recipients = [one.contact.partition(":")[2] for one in contacts]
        await erase_messages(uow, former, recipients=recipients)
        await uow.session.execute("customers.delete_person", **key)
        uow.record(person, CustomerErased(subjects=len(current), by_retention=by_retention))
        await notify(uow.session, phones)

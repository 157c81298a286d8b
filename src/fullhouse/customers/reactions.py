"""Reaction of customers to events of booking: a projection that knows who booked what.

Events hold no personal data, so it reads the bookings as they are by now. Relayed twice, or from
the first event on, they lead to the same customers: an id is derived from the contact and the first
booking.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking import events as booking
from fullhouse.customers.model import SUBSCRIBER, CustomerId, contacts_of
from fullhouse.customers.updates import count_anew, keys_of
from fullhouse.jobs.events import RelayedEvent, Subscriber
from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.storage.database import Session

PROJECTED_EVENTS: Final = (
    booking.Booked,
    booking.Rescheduled,
    booking.PartyChanged,
    booking.Cancelled,
    booking.BookingRestored,
    booking.CheckedIn,
    booking.CheckInUndone,
    booking.NoShow,
    booking.ContactChanged,
    booking.WaitingListJoined,
)
"""After these a customer is another, or did something else."""

Key = tuple[OrgId, CustomerId]


class SubjectContact(Struct, frozen=True):
    """Who is meant by a booking or a waiting-list entry."""

    org_id: OrgId
    subject: UUID
    name: str
    email: str
    phone: str
    starts_at: datetime
    ends_at: datetime

    @property
    def contacts(self) -> tuple[str, ...]:
        return contacts_of(self.email, self.phone)


class KnownContact(Struct, frozen=True):
    """Whom a contact belongs to."""

    org_id: OrgId
    contact: str
    customer_id: CustomerId
    has_email: bool


class Assignment:
    """Assigns subjects to customers, one after the other, as the contacts known so far allow."""

    def __init__(self, known: Sequence[KnownContact]) -> None:
        self.owners = {(one.org_id, one.contact): one.customer_id for one in known}
        self.with_email = {(one.org_id, one.customer_id) for one in known if one.has_email}
        self.met: dict[Key, SubjectContact] = {}
        self.contacts: dict[tuple[OrgId, str], CustomerId] = {}

    def customer_of(self, person: SubjectContact) -> CustomerId:
        """The one with the address; without one, or at first, the one with the number.

        A number with another person's address is shared by both: families have one telephone.
        Somebody with a name alone is a customer of one booking.
        """
        strongest = person.contacts[0] if person.contacts else ""
        found = self.owners.get((person.org_id, strongest))
        if found is None and person.contacts:
            found = self._by_phone(person)
        if found is None:
            parts = (str(person.org_id), strongest, str(person.subject))
            found = CustomerId(derived_id("customer", *parts))
            self.met[person.org_id, found] = person
        for contact in person.contacts:
            self._add(person.org_id, contact, found)
        return found

    def _by_phone(self, person: SubjectContact) -> CustomerId | None:
        """The customer with the number, as long as it has no address of its own."""
        found = self.owners.get((person.org_id, person.contacts[-1]))
        return None if (person.org_id, found) in self.with_email else found

    def _add(self, org_id: OrgId, contact: str, customer_id: CustomerId) -> None:
        if (org_id, contact) not in self.owners:
            self.owners[org_id, contact] = self.contacts[org_id, contact] = customer_id
        if contact.startswith("email:"):
            self.with_email.add((org_id, customer_id))


async def project_customers(session: Session, events: Sequence[RelayedEvent]) -> None:
    """Assign the bookings of the events to customers, and count what these did."""
    subjects = dict.fromkeys((event.org_id, event.subject) for event in events)
    found: Sequence[SubjectContact] = await session.fetch(
        "customers.contacts_of_subjects",
        SubjectContact,
        org_ids=[org_id for org_id, _ in subjects],
        subjects=[subject for _, subject in subjects],
    )
    order = {key: place for place, key in enumerate(subjects)}
    people = sorted(
        (person for person in found if person.name or person.contacts),
        key=lambda person: order[person.org_id, person.subject],
    )
    if people:
        await _assign(session, people)


async def _assign(session: Session, people: Sequence[SubjectContact]) -> None:
    contacts = sorted({(one.org_id, contact) for one in people for contact in one.contacts})
    assignment = Assignment(
        await session.fetch(
            "customers.lock_contacts",
            KnownContact,
            org_ids=[org_id for org_id, _ in contacts],
            contacts=[contact for _, contact in contacts],
        )
    )
    owners = {(one.org_id, one.subject): assignment.customer_of(one) for one in people}
    await _add_customers(session, assignment)
    links = {
        "org_ids": [org_id for org_id, _ in owners],
        "subjects": [subject for _, subject in owners],
        "customer_ids": list(owners.values()),
    }
    left = {
        (one.org_id, one.customer_id)
        for one in await session.fetch("customers.leave_subjects", FormerOwner, **links)
    }
    await session.execute("customers.take_subjects", **links)
    if left:
        await session.execute("customers.drop_strangers", **keys_of(left))
    current = {(org_id, owner) for (org_id, _), owner in owners.items()}
    await count_anew(session, current | left)


class FormerOwner(Struct, frozen=True):
    """A customer whose booking it was."""

    org_id: OrgId
    customer_id: CustomerId


async def _add_customers(session: Session, assignment: Assignment) -> None:
    met: Mapping[Key, SubjectContact] = assignment.met
    if met:
        await session.execute(
            "customers.add_customers",
            org_ids=[org_id for org_id, _ in met],
            customer_ids=[customer_id for _, customer_id in met],
            names=[one.name for one in met.values()],
            emails=[one.email for one in met.values()],
            phones=[one.phone for one in met.values()],
            starts=[one.starts_at for one in met.values()],
            ends=[one.ends_at for one in met.values()],
        )
    if assignment.contacts:
        await session.execute(
            "customers.add_contacts",
            org_ids=[org_id for org_id, _ in assignment.contacts],
            contacts=[contact for _, contact in assignment.contacts],
            customer_ids=list(assignment.contacts.values()),
        )


def customers_subscriber() -> Subscriber:
    """Yields to a rush: nobody waits for it."""
    return Subscriber(SUBSCRIBER, PROJECTED_EVENTS, project_customers, yields_under_load=True)

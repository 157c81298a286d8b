"""The events of customers; the subject is the customer. Texts and tags stand in the row alone."""

from uuid import UUID

from fullhouse.kernel.events import Event


class CustomerChanged(Event, frozen=True):
    """Staff changed what they keep of a customer: `fields` are of `note` and `tags`."""

    fields: tuple[str, ...]


class CustomersMerged(Event, frozen=True):
    """Another customer became a part of this one."""

    merged_id: UUID


class CustomersSeparated(Event, frozen=True):
    """A customer that was merged into this one is one of its own again."""

    merged_id: UUID


class ConsentGiven(Event, frozen=True):
    """The customer agreed to get news; recorded by the actor."""


class ConsentWithdrawn(Event, frozen=True):
    """The customer wants no news any more; recorded by the actor."""


class CustomerErased(Event, frozen=True):
    """A person was erased from so many bookings and waiting-list entries, which stay."""

    subjects: int
    by_retention: bool = False


class RetentionChanged(Event, frozen=True):
    """Persons without a booking for so many months are erased; the subject is the organisation."""

    months: int | None = None

"""The events of people: organisations, venues, and access to them."""

from uuid import UUID

from fullhouse.kernel.events import Event


class OrganisationCreated(Event, frozen=True):
    """An organisation exists; the subject is its id."""

    slug: str


class VenueAdded(Event, frozen=True):
    """A venue exists; the subject is its id."""

    zone: str


class ApiKeyIssued(Event, frozen=True):
    """An API key exists; the subject is its id."""

    scope: str


class ApiKeyRevoked(Event, frozen=True):
    """An API key is not valid any more; the subject is its id."""


class RoleGranted(Event, frozen=True):
    """An account has a role in the organisation; the subject is the account."""

    role: str


class SignInLinkIssued(Event, frozen=True):
    """A one-time link was made for an account; the subject is the organisation."""

    account_id: UUID


class StaffSignedIn(Event, frozen=True):
    """A session began; the subject is the account."""


class StaffSignedOut(Event, frozen=True):
    """A session was ended by its holder; the subject is the account."""

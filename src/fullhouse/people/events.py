"""The events of people: organisations, venues, accounts, and access to them."""

from uuid import UUID

from typing_extensions import override

from fullhouse.kernel.events import Event, organisation_topic, topic


class OrganisationCreated(Event, frozen=True):
    """An organisation exists; the subject is its id."""

    slug: str


class VenueAdded(Event, frozen=True):
    """A venue exists; the subject is its id."""

    zone: str


class OrganisationChanged(Event, frozen=True):
    """An organisation says something else of itself; the subject is its id."""

    slug: str
    fields: tuple[str, ...]

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return (organisation_topic(self.slug),)


class VenueChanged(Event, frozen=True):
    """A venue says something else of itself; the subject is its id."""

    fields: tuple[str, ...]
    offerings: tuple[UUID, ...]
    """What takes place there."""

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return tuple(topic(org_id, offering_id) for offering_id in self.offerings)


class PictureAdded(Event, frozen=True):
    """A picture is kept; the subject is its name, as an id."""

    name: str


class PictureRemoved(Event, frozen=True):
    """A picture is kept no longer; the subject is its name, as an id."""

    name: str


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


class AccountSignedIn(Event, frozen=True):
    """A session began; the subject is the account."""


class AccountSignedOut(Event, frozen=True):
    """A session was ended by its holder; the subject is the account."""


class PasswordChanged(Event, frozen=True):
    """An account has another password; the subject is the account."""

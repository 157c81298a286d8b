"""The events of people: organisations, venues, accounts, and access to them."""

from uuid import UUID

from typing_extensions import override

from fullhouse.kernel.events import Event, organisation_topic, topic
from fullhouse.people.model.accounts import ACCOUNT_CACHE, EVERY_ACCOUNT


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
        """Profiles have the name; who works there is not known here, and names change seldom."""
        profiles = (EVERY_ACCOUNT,) if "name" in self.fields else ()
        return (organisation_topic(self.slug), *profiles)


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


class AccountEvent(Event, frozen=True):
    """Base of events after which a person sees something else of her own account."""

    account_id: UUID

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return (f"{ACCOUNT_CACHE}/{self.account_id}",)


class RoleGranted(AccountEvent, frozen=True):
    """An account has a role in the organisation; the subject is the account."""

    role: str


class SignInLinkIssued(Event, frozen=True):
    """A one-time link was made for an account; the subject is the organisation."""

    account_id: UUID


class AccountAdded(Event, frozen=True):
    """A person has an account; the subject is the account."""


class OperatorChanged(AccountEvent, frozen=True):
    """A person runs the installation, or no longer; the subject is the account."""

    is_operator: bool


class AccountSignedIn(Event, frozen=True):
    """A session began; the subject is the account."""


class AccountSignedOut(Event, frozen=True):
    """A session was ended by its holder; the subject is the account."""


class PasswordChanged(AccountEvent, frozen=True):
    """An account has another password; the subject is the account."""


class EmailChanged(AccountEvent, frozen=True):
    """An account has another e-mail address; the subject is the account."""


class NationalIdChanged(AccountEvent, frozen=True):
    """An account has another national ID, or none any more; the subject is the account."""


class SecondFactorAdded(AccountEvent, frozen=True):
    """A person needs a code to sign in from now on; the subject is the account."""


class SecondFactorRemoved(AccountEvent, frozen=True):
    """A person signs in with the password alone from now on; the subject is the account."""


class AccountChanged(AccountEvent, frozen=True):
    """A person has another name or language; the subject is the account."""


class AccountDeleted(AccountEvent, frozen=True):
    """A person has no account any more; the subject is the former account."""


class MemberInvited(Event, frozen=True):
    """Somebody was invited to work for the business; the subject is the invitation."""

    role: str


class InvitationRevoked(Event, frozen=True):
    """An invitation was taken back; the subject is the invitation."""


class InvitationAccepted(AccountEvent, frozen=True):
    """Somebody who was invited works for the business; the subject is the invitation."""


class MemberRemoved(AccountEvent, frozen=True):
    """A person works for the business no longer; the subject is the account."""


class SessionsEnded(AccountEvent, frozen=True):
    """Somebody else ended the sessions of a person; the subject is the account.

    Recorded by a business, they ended there alone.
    """


class AccountDisabled(AccountEvent, frozen=True):
    """Nobody signs in to an account any more; the subject is the account."""


class AccountEnabled(AccountEvent, frozen=True):
    """A person can sign in again; the subject is the account."""


class RecoveryCodesRenewed(Event, frozen=True):
    """A person has other recovery codes; the subject is the account."""


class RefreshTokenReused(Event, frozen=True):
    """A refresh token came again, so its session was ended; the subject is the account."""
